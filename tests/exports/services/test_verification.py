import hashlib
import json
import os
import re
import shutil

import pytest

from exports.domain.manifest import File, load
from exports.services.release_folder import place
from exports.services.verification import verify
from tests.support.factories import make_source, make_submission
from tests.support.releases import make_contributions, make_release

pytestmark = pytest.mark.django_db

PATHS = [
    "ATTRIBUTION.md",
    "LICENSE",
    "README.md",
    "croissant.json",
    "data/train.jsonl",
    "manifest.json",
    "provenance.jsonl",
]


@pytest.fixture
def folder(alice, rita, tmp_path):
    make_contributions(alice, rita)
    make_submission(source=make_source(), state="approved")
    make_release()
    return shutil.copytree(place("1.0.0"), tmp_path / "downloaded")


def rewrite(folder, path, change):
    """Change a file and make the manifest agree, as somebody would who wants to deceive."""
    target = folder / path
    target.write_bytes(change(target.read_bytes()))
    content = target.read_bytes()
    manifest = load((folder / "manifest.json").read_bytes())
    files = tuple(
        File(path, hashlib.sha256(content).hexdigest(), len(content)) if file.path == path else file
        for file in manifest.files
    )
    (folder / "manifest.json").write_bytes(type(manifest)(**{**vars(manifest), "files": files}).dump())


class TestAWholeFolder:
    def test_has_no_problem(self, folder):
        assert list(verify(folder)) == []

    def test_needs_no_database(self, folder, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert list(verify(folder)) == []


class TestDamage:
    @pytest.mark.parametrize("path", PATHS)
    @pytest.mark.parametrize("place", [0.0, 0.5, 0.999])
    def test_of_one_byte_is_found(self, folder, path, place):
        content = bytearray((folder / path).read_bytes())
        content[int(len(content) * place)] ^= 1
        (folder / path).write_bytes(content)
        assert list(verify(folder)) != []

    def test_in_every_byte_of_the_manifest_is_found(self, folder):
        target = folder / "manifest.json"
        whole = target.read_bytes()
        for position in range(0, len(whole), 7):
            target.write_bytes(whole[:position] + bytes([whole[position] ^ 2]) + whole[position + 1 :])
            assert list(verify(folder)) != [], position

    @pytest.mark.parametrize("path", PATHS)
    def test_by_a_missing_file_is_named(self, folder, path):
        (folder / path).unlink()
        assert list(verify(folder)) == [f"{path} is missing or cannot be read"]

    @pytest.mark.parametrize("path", ["data/test.jsonl", "notes.txt", ".hidden", "more/"])
    def test_by_something_added_is_named(self, folder, path):
        target = folder / path
        target.mkdir() if path.endswith("/") else target.touch()
        assert list(verify(folder)) == [f"{path.rstrip('/')} does not belong to the release"]

    def test_by_a_link_is_named(self, folder, tmp_path):
        (folder / "LICENSE").rename(tmp_path / "LICENSE")
        (folder / "LICENSE").symlink_to(tmp_path / "LICENSE")
        assert "LICENSE is a link, and a release holds files only" in list(verify(folder))

    def test_by_a_pipe_does_not_wait(self, folder):
        (folder / "LICENSE").unlink()
        os.mkfifo(folder / "LICENSE")
        assert list(verify(folder)) != []

    def test_by_a_path_that_leaves_the_folder_is_refused(self, folder):
        target = folder / "manifest.json"
        target.write_bytes(target.read_bytes().replace(b'"LICENSE"', b'"../LICENSE"'))
        assert list(verify(folder)) == ["manifest.json: the path '../LICENSE' may not stand in a manifest"]


class TestDeceit:
    def test_about_a_record_is_found(self, folder):
        rewrite(folder, "data/train.jsonl", lambda content: content.replace(b"somebody", b"nobody", 1))
        assert any("is not the data line's" in problem for problem in verify(folder))

    def test_by_dropping_a_line_is_found(self, folder):
        rewrite(folder, "data/train.jsonl", lambda content: b"".join(content.splitlines(keepends=True)[:-1]))
        assert "data/train.jsonl ends before line 4: data and provenance are not 1:1" in list(verify(folder))

    def test_about_the_order_is_found(self, folder):
        for path in ("data/train.jsonl", "provenance.jsonl"):
            rewrite(folder, path, lambda content: b"".join(content.splitlines(keepends=True)[::-1]))
        assert any("not in the order" in problem for problem in verify(folder))

    def test_about_an_origin_is_found(self, folder):
        rewrite(folder, "provenance.jsonl", lambda content: content.replace(b'"human"', b'"model"', 1))
        assert any("the origin model may not stand" in problem for problem in verify(folder))

    def test_about_a_licence_is_found(self, folder):
        rewrite(folder, "provenance.jsonl", lambda content: content.replace(b"CC-BY-SA-3.0", b"CC-BY-NC-4.0"))
        assert "not every record permits the licence CC-BY-SA-4.0" in list(verify(folder))

    def test_by_leaving_a_credit_out_is_found(self, folder):
        rewrite(folder, "ATTRIBUTION.md", lambda content: b"\n".join(content.split(b"\n")[:2]))
        problems = list(verify(folder))
        assert [problem.split(" credit ")[0] for problem in problems] == ["ATTRIBUTION.md does not"] * 2

    def test_by_another_licence_file_is_found(self, folder):
        rewrite(folder, "LICENSE", lambda content: b"All rights reserved.\n")
        assert list(verify(folder)) == ["LICENSE does not name CC-BY-SA-4.0"]

    def test_about_a_grant_is_found(self, folder):
        granted = b'"grant":{"licence":"CC-BY-SA-4.0"'
        denied = b'"grant":{"licence":"CC-BY-NC-4.0"'
        rewrite(folder, "provenance.jsonl", lambda content: content.replace(granted, denied, 1))
        assert any("may not stand in a commercial release" in problem for problem in verify(folder))

    @pytest.mark.parametrize("field", [b"licence", b"url"])
    def test_by_values_of_another_type_is_found(self, folder, field):
        rewrite(
            folder,
            "provenance.jsonl",
            lambda content: re.sub(b'("passage":{[^}]*"%s":)"[^"]*"' % field, b'\\1["x"]', content),
        )
        assert any("the provenance does not have the keys" in problem for problem in verify(folder))

    def test_by_leaving_a_passages_source_out_is_found(self, folder):
        rewrite(
            folder,
            "provenance.jsonl",
            lambda content: re.sub(b'"passage":{[^}]*}', b'"passage":null', content),
        )
        assert any("whether there is a passage" in problem for problem in verify(folder))

    def test_by_a_card_too_deep_to_read_is_found(self, folder):
        rewrite(folder, "README.md", lambda content: b"---\n" + b"[" * 20_000 + b"\n---\n")
        assert list(verify(folder)) == ["README.md: the YAML at its top cannot be read"]

    def test_by_another_card_is_found(self, folder):
        rewrite(
            folder, "README.md", lambda content: content.replace(b"profile: commercial", b"profile: research")
        )
        assert list(verify(folder)) == ["README.md and manifest.json do not tell the same of the release"]

    def test_by_deciding_on_ones_own_text_is_found(self, folder):
        lines = [json.loads(line) for line in (folder / "provenance.jsonl").read_bytes().splitlines()]
        own = next(line for line in lines if line["author"])
        reviewer = own["reviews"][0]["reviewer"].encode()
        rewrite(folder, "provenance.jsonl", lambda content: content.replace(reviewer, own["author"].encode()))
        assert any("decided on their own" in problem for problem in verify(folder))
