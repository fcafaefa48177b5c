import os
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exports.domain.release import Choice
from exports.domain.signature import fingerprint
from exports.models import Release
from exports.services.release_folder import place
from exports.services.verification import Verification
from tests.support.damage import DAMAGES, PATHS, problems_of, rewrite
from tests.support.releases import make_release
from tests.support.signatures import Key

pytestmark = pytest.mark.django_db


class TestAWholeFolder:
    def test_has_no_problem(self, downloaded):
        assert problems_of(downloaded) == []

    def test_needs_no_database(self, downloaded, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert problems_of(downloaded) == []


class TestDamage:
    @pytest.mark.parametrize("path", PATHS)
    @pytest.mark.parametrize("place", [0.0, 0.5, 0.999])
    def test_of_one_byte_is_found(self, downloaded, path, place):
        content = bytearray((downloaded / path).read_bytes())
        content[int(len(content) * place)] ^= 1
        (downloaded / path).write_bytes(content)
        assert problems_of(downloaded) != []

    def test_in_every_byte_of_the_manifest_is_found(self, downloaded):
        target = downloaded / "manifest.json"
        whole = target.read_bytes()
        for position in range(0, len(whole), 7):
            target.write_bytes(whole[:position] + bytes([whole[position] ^ 2]) + whole[position + 1 :])
            assert problems_of(downloaded) != [], position

    @pytest.mark.parametrize("path", PATHS)
    def test_by_a_missing_file_is_named(self, downloaded, path):
        (downloaded / path).unlink()
        assert problems_of(downloaded) == [f"{path} is missing or cannot be read"]

    @pytest.mark.parametrize("path", ["data/test.jsonl", "notes.txt", ".hidden", "more/"])
    def test_by_something_added_is_named(self, downloaded, path):
        target = downloaded / path
        target.mkdir() if path.endswith("/") else target.touch()
        assert problems_of(downloaded) == [f"{path.rstrip('/')} does not belong to the release"]

    def test_by_a_link_is_named(self, downloaded, tmp_path):
        (downloaded / "LICENSE").rename(tmp_path / "LICENSE")
        (downloaded / "LICENSE").symlink_to(tmp_path / "LICENSE")
        assert "LICENSE is a link, and a release holds files only" in problems_of(downloaded)

    def test_by_a_pipe_does_not_wait(self, downloaded):
        (downloaded / "LICENSE").unlink()
        os.mkfifo(downloaded / "LICENSE")
        assert problems_of(downloaded) != []

    def test_by_a_path_that_leaves_the_folder_is_refused(self, downloaded):
        target = downloaded / "manifest.json"
        target.write_bytes(target.read_bytes().replace(b'"LICENSE"', b'"../LICENSE"'))
        assert problems_of(downloaded) == ["manifest.json: the path '../LICENSE' may not stand in a manifest"]


class TestAHundredRandomDamages:
    """Whatever is done to a folder, each thing that was done is named."""

    @settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_are_named_each(self, downloaded, tmp_path_factory, data):
        copy = shutil.copytree(downloaded, tmp_path_factory.mktemp("damaged") / "copy")
        damaged = {
            damage(copy, path, data.draw)
            for path, damage in data.draw(
                st.dictionaries(st.sampled_from(PATHS), st.sampled_from(DAMAGES), min_size=1)
            ).items()
        }
        named = problems_of(copy)
        assert named != []
        if "manifest.json" not in damaged:  # a byte of a hash there makes the file that it is of look changed
            assert damaged == {name for name in damaged if any(told.startswith(f"{name} ") for told in named)}
        shutil.rmtree(copy)


class TestTheReport:
    def test_says_what_is_proved_and_what_is_not(self, downloaded):
        found = Verification(downloaded)
        assert list(found.problems()) == []
        said = found.report()
        assert said[0] == (
            f"{downloaded} is unsigned, so it proves only that it agrees with itself as release 1.0.0, not who made it: compare the "
            f"SHA-256 of its manifest.json, {Release.objects.get().manifest_sha256}, with the publisher's."
        )
        assert said[-2:] == [
            "Not proved: that credit is due to the contributors of this Flock site, as LICENSE says.",
            "Not proved: that what the provenance says of people, licences and sources is true.",
        ]

    def test_names_what_the_site_chose(self, downloaded, tmp_path):
        make_release("1.1.0", Choice(categories=("open_qa",), without_sources=("dolly",)))
        found = Verification(place("1.1.0"))
        assert list(found.problems()) == []
        assert (
            "Not proved: what was left out, as README.md says: Only these categories were taken: open_qa. Records of these "
            "sources were left out: dolly."
        ) in found.report()

    def test_names_what_the_hub_added(self, downloaded):
        (downloaded / ".gitattributes").write_text("*.parquet filter=lfs")
        (downloaded / ".cache" / "huggingface").mkdir(parents=True)
        found = Verification(downloaded)
        assert list(found.problems()) == []
        assert "No part of the release, and not looked at: .cache, .gitattributes." in found.report()

    def test_of_a_name_that_would_steer_a_terminal_is_harmless(self, downloaded):
        (downloaded / "\x1b[2J").touch()
        assert problems_of(downloaded) == ["\\x1b[2J does not belong to the release"]


class TestASignature:
    @pytest.fixture
    def signed(self, downloaded):
        (downloaded / "manifest.json.sig").write_bytes(
            Key(1).sign((downloaded / "manifest.json").read_bytes())
        )
        return downloaded

    def test_by_a_key_that_was_given_is_said(self, signed):
        found = Verification(signed, keys=frozenset({Key(1).blob, Key(2).blob}))
        assert list(found.problems()) == []
        assert found.report()[0] == (
            f"{signed} is release 1.0.0 as it was signed by {fingerprint(Key(1).blob)}, a key that you gave: nothing is "
            "changed, missing or added."
        )

    def test_without_a_key_to_hold_it_against_proves_nobody(self, signed):
        found = Verification(signed)
        assert list(found.problems()) == []
        assert found.report()[0] == (
            f"{signed} is release 1.0.0 as it was signed by the key {fingerprint(Key(1).blob)}. Whose key that is, a signature "
            "cannot tell: get the publisher's from the publisher and pass it as --key."
        )

    def test_by_another_key_is_refused(self, signed):
        found = Verification(signed, keys=frozenset({Key(2).blob}))
        assert list(found.problems()) == [
            f"manifest.json.sig is by another key than those you gave: {fingerprint(Key(1).blob)}"
        ]

    def test_that_is_missing_is_refused_where_one_was_asked_for(self, downloaded):
        found = Verification(downloaded, keys=frozenset({Key(1).blob}))
        assert list(found.problems()) == ["manifest.json.sig is missing: nobody has signed the release"]

    def test_of_another_manifest_is_refused(self, downloaded):
        (downloaded / "manifest.json.sig").write_bytes(Key(1).sign(b"another"))
        assert problems_of(downloaded) == [
            "manifest.json.sig is no signature of manifest.json: the key it names did not sign this manifest"
        ]

    def test_changed_by_one_byte_is_refused(self, signed):
        whole = (signed / "manifest.json.sig").read_bytes()
        for position in range(0, len(whole), 5):
            (signed / "manifest.json.sig").write_bytes(
                whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :]
            )
            assert problems_of(signed) != [], position

    def test_that_is_a_link_is_refused(self, signed, tmp_path):
        (signed / "manifest.json.sig").rename(tmp_path / "sig")
        (signed / "manifest.json.sig").symlink_to(tmp_path / "sig")
        assert problems_of(signed) == [
            "manifest.json.sig is a link, and a release holds files only",
            "manifest.json.sig cannot be read",
        ]

    def test_does_not_hide_what_was_changed_under_it(self, signed):
        rewrite(signed, "LICENSE", lambda text: text + b"\n")
        assert problems_of(signed) == [
            "manifest.json.sig is no signature of manifest.json: the key it names did not sign this manifest",
            "LICENSE is not what these records and figures give, from line 436 on: ''",
        ]
