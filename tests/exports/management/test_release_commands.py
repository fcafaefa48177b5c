import json
import re
import shlex
import shutil
import subprocess

import pytest
from django.core.management import CommandError, call_command

from crowd.management.base import Refusal, WrongUsage
from crowd.models import Version
from exports.domain.signature import fingerprint, read, read_keys
from exports.models import Release, Signature
from exports.services.release_folder import place
from tests.support.factories import make_source, make_submission
from tests.support.releases import make_approved, make_release
from tests.support.signatures import Key

pytestmark = pytest.mark.django_db


class TestCutting:
    def test_says_what_was_made(self, contributions, capsys):
        call_command("cut_release", "1.0.0")
        said = capsys.readouterr()
        assert said.out == ""
        assert "Release 1.0.0 is ready: 3 records under CC-BY-SA-4.0" in said.err

    def test_lists_every_record_that_refuses_it(self, contributions, capsys):
        source = make_source("alpaca", licence="CC-BY-NC-4.0", origin="model")
        bad = {str(make_submission(source=source, state="approved").public_id) for _ in range(3)}
        with pytest.raises(Refusal) as refused:
            call_command("cut_release", "1.0.0")
        assert str(refused.value) == (
            "Release 1.0.0 is refused: 3 records do not fit the profile commercial. It would pass with --without-source alpaca "
            "or --profile research."
        )
        lines = capsys.readouterr().out.splitlines()
        assert {line.split()[0] for line in lines} == bad
        assert {line.split()[1] for line in lines} == {"origin:", "licence:"}
        assert {line.rpartition(" ")[2] for line in lines} == {"(alpaca)"}

    @pytest.mark.parametrize("way", [["--without-source", "alpaca", "our own"], ["--profile", "research"]])
    def test_names_ways_that_lead_out(self, contributions, way):
        for name in ("our own", "alpaca"):
            make_submission(source=make_source(name, licence="CC-BY-NC-4.0"), state="approved")
        with pytest.raises(Refusal, match=re.escape(shlex.join(way))):
            call_command("cut_release", "1.0.0")
        call_command("cut_release", "1.0.0", *way)
        assert Release.objects.get().state == "ready"

    def test_names_no_way_that_does_not(self, contributions):
        make_submission(source=make_source("unclear", licence="NOASSERTION"), state="approved")
        Version.objects.filter(submission=contributions[0]).update(origin="model")
        with pytest.raises(Refusal, match=r"2 records do not fit the profile commercial\.$"):
            call_command("cut_release", "1.0.0")

    def test_takes_choices(self, contributions):
        call_command("cut_release", "1.0.0", "--category", "closed_qa", "--category", "open_qa")
        assert Release.objects.get().counts["records"] == 2

    @pytest.mark.parametrize(
        "arguments", [["v1"], ["1.0.0", "--source", "nowhere"], ["1.0.0", "--category", "poetry"]]
    )
    def test_of_what_cannot_be_meant_is_wrong_usage(self, contributions, arguments):
        with pytest.raises(WrongUsage):
            call_command("cut_release", *arguments)

    def test_names_what_is_known_where_a_name_is_not(self, contributions):
        make_submission(source=make_source("alpaca"), state="approved")
        with pytest.raises(WrongUsage, match=r"^There is no source nosuch\. Known here: alpaca\.$"):
            call_command("cut_release", "1.0.0", "--source", "nosuch")
        with pytest.raises(WrongUsage, match=r"^There is no category nope\. Known here: brainstorming, "):
            call_command("cut_release", "1.0.0", "--category", "nope")

    @pytest.mark.parametrize(
        ("version", "says"),
        [
            ("99999999999999999999999999.0.0", "is too long: 9 digits a number"),
            ("1.0.0-" + "a" * 60, "is too long"),
            ("01.0.0", "is not a semantic version"),
        ],
    )
    def test_tells_a_long_version_from_none(self, contributions, version, says):
        with pytest.raises(WrongUsage, match=says):
            call_command("cut_release", version)

    @pytest.mark.parametrize("arguments", [["1.0.0", "--profile", "any"], ["1.0.0", "--licence", "MIT"]])
    def test_refuses_unknown_profiles_and_licences(self, contributions, arguments):
        with pytest.raises(CommandError):
            call_command("cut_release", *arguments)

    def test_of_nothing_is_refused_in_plain_words(self):
        with pytest.raises(Refusal, match="There is nothing to release"):
            call_command("cut_release", "1.0.0")


class TestExportingAndVerifying:
    def test_go_together(self, contributions, tmp_path, capsys):
        make_release()
        call_command("export_release", "1.0.0", "--to", str(tmp_path / "out"))
        call_command("verify_release", str(tmp_path / "out"))
        assert capsys.readouterr().out == ""

    def test_damage_is_told_and_refused(self, contributions, capsys):
        make_release()
        (place("1.0.0") / "LICENSE").write_text("mine")
        with pytest.raises(Refusal, match=r"as it was cut: 1 problem\.$"):
            call_command("verify_release", str(place("1.0.0")))
        assert capsys.readouterr().out.startswith("LICENSE does not have its ")

    def test_of_what_is_not_there_is_wrong_usage(self, tmp_path):
        with pytest.raises(WrongUsage):
            call_command("verify_release", str(tmp_path / "nowhere"))
        with pytest.raises(WrongUsage):
            call_command("export_release", "1.0.0", "--to", str(tmp_path / "out"))


class TestSigning:
    @pytest.fixture
    def signature(self, contributions, tmp_path):
        make_release()
        target = tmp_path / "manifest.json.sig"
        target.write_bytes(Key().sign((place("1.0.0") / "manifest.json").read_bytes()))
        return target

    def test_keeps_what_was_signed_elsewhere_and_verifies_it(self, signature, tmp_path, capsys):
        call_command("sign_release", "1.0.0", "--signature", str(signature))
        call_command("export_release", "1.0.0", "--to", str(tmp_path / "out"))
        (tmp_path / "key.pub").write_text(Key().line)
        call_command("verify_release", str(tmp_path / "out"), "--key", str(tmp_path / "key.pub"))
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count(fingerprint(Key().blob)) == 3

    @pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="there is no ssh-keygen here")
    def test_signs_with_a_key_file(self, signature, tmp_path):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
        call_command("sign_release", "1.0.0", "--key", str(tmp_path / "key"))
        assert read_keys((tmp_path / "key.pub").read_bytes()) == {read(Signature.objects.get().content).key}

    def test_with_no_signature_is_refused(self, signature):
        signature.write_text("signed")
        with pytest.raises(Refusal, match="is not signed: it is no SSH signature"):
            call_command("sign_release", "1.0.0", "--signature", str(signature))

    def test_with_a_key_that_is_not_there_is_wrong_usage(self, signature, tmp_path):
        with pytest.raises(WrongUsage) as refused:
            call_command("sign_release", "1.0.0", "--key", str(tmp_path / "nothing"))
        assert str(refused.value) == f"There is no key file {tmp_path / 'nothing'}."

    def test_with_what_is_no_key_is_wrong_usage(self, signature, tmp_path):
        (tmp_path / "a.csv").write_text("instruction,response\n")
        with pytest.raises(WrongUsage) as refused:
            call_command("sign_release", "1.0.0", "--key", str(tmp_path / "a.csv"))
        assert str(refused.value) == f"{tmp_path / 'a.csv'} is not an SSH private key."

    @pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="there is no ssh-keygen here")
    def test_with_a_key_whose_passphrase_nobody_gives_is_refused_in_one_line(
        self, signature, tmp_path, monkeypatch
    ):
        key = tmp_path / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", key], check=True)
        # Whoever runs the tests has a terminal, perhaps: ssh-keygen asks a program that knows no passphrase.
        monkeypatch.setenv("SSH_ASKPASS", "/bin/false")
        monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
        with pytest.raises(Refusal) as refused:
            call_command("sign_release", "1.0.0", "--key", str(key))
        assert str(refused.value) == (
            f"Release 1.0.0 is not signed: {key} has a passphrase, and none or a wrong one was given. Run this in a "
            f"terminal, which asks for it, or `ssh-add {key}` first."
        )

    def test_in_the_place_of_another_keys_asks_for_a_flag(self, signature, tmp_path, capsys):
        call_command("sign_release", "1.0.0", "--signature", str(signature))
        signature.write_bytes(Key(2).sign((place("1.0.0") / "manifest.json").read_bytes()))
        with pytest.raises(Refusal) as refused:
            call_command("sign_release", "1.0.0", "--signature", str(signature))
        assert str(refused.value) == (
            f"Release 1.0.0 is not signed: the key {fingerprint(Key().blob)} has signed it already. To put this "
            "signature in its place: --replace."
        )
        call_command("sign_release", "1.0.0", "--signature", str(signature), "--replace")
        assert f"is signed by the key {fingerprint(Key(2).blob)}." in capsys.readouterr().err

    def test_an_unsigned_release_is_refused_where_a_key_is_given(self, signature, tmp_path, capsys):
        (tmp_path / "key.pub").write_text(Key().line)
        with pytest.raises(Refusal):
            call_command("verify_release", str(place("1.0.0")), "--key", str(tmp_path / "key.pub"))
        assert capsys.readouterr().out == "manifest.json.sig is missing: nobody has signed the release\n"

    @pytest.mark.parametrize("content", [None, "no key"])
    def test_a_key_file_that_is_none_is_wrong_usage(self, signature, tmp_path, content):
        if content:
            (tmp_path / "key.pub").write_text(content)
        with pytest.raises(WrongUsage):
            call_command("verify_release", str(place("1.0.0")), "--key", str(tmp_path / "key.pub"))


class TestComparing:
    def test_lists_what_changed_by_id(self, contributions, alice, capsys):
        make_release()
        gone, *_kept = contributions
        type(gone).objects.filter(pk=gone.pk).update(state="withdrawn")
        new = make_approved(alice)
        make_release("1.1.0")
        call_command("diff_releases", "1.0.0", "1.1.0")
        said = capsys.readouterr()
        assert said.out.splitlines() == [f"added {new.public_id}", f"withdrawn {gone.public_id}"]
        assert "1 added, 0 changed, 1 withdrawn" in said.err

    def test_needs_two_that_are_ready(self, contributions):
        make_release()
        with pytest.raises(WrongUsage):
            call_command("diff_releases", "1.0.0", "2.0.0")


class TestPublishing:
    def test_is_done_once_and_said_again(self, contributions, capsys):
        make_release()
        call_command("publish_release", "1.0.0")
        call_command("publish_release", "1.0.0")
        assert Release.objects.published().count() == 1
        assert "published already" in capsys.readouterr().err


class TestPushing:
    def test_sends_the_release(self, hub, contributions, capsys):
        make_release()
        call_command("push_release", "1.0.0", "--repo-id", "flock/pairs")
        manifest = json.loads(hub.files("flock/pairs")["manifest.json"])
        assert manifest["version"] == "1.0.0"
        assert "tagged v1.0.0" in capsys.readouterr().err

    def test_dry_lists_the_files_and_asks_nobody(self, hub, contributions, settings, capsys):
        make_release()
        settings.HF_TOKEN = ""
        call_command("push_release", "1.0.0", "--repo-id", "flock/pairs", "--dry-run")
        assert hub.calls == []
        assert "data/train.jsonl\n" in capsys.readouterr().out

    def test_twice_says_that_nothing_was_sent(self, hub, contributions, capsys):
        make_release()
        call_command("push_release", "1.0.0", "--repo-id", "flock/pairs")
        call_command("push_release", "1.0.0", "--repo-id", "flock/pairs")
        assert hub.calls.count("commit") == 1
        assert capsys.readouterr().err.splitlines()[-1].endswith("already. Nothing was sent.")

    def test_dry_with_a_token_says_what_the_hub_holds(self, hub, contributions, capsys):
        make_release()
        call_command("push_release", "1.0.0", "--repo-id", "flock/pairs", "--dry-run")
        assert capsys.readouterr().err.splitlines()[-1] == "flock/pairs: It would be made."
        assert {"create", "commit", "tag"}.isdisjoint(hub.calls)

    def test_dry_is_refused_where_a_push_would_be(self, hub, contributions):
        make_release()
        hub.create("flock/pairs", private=False)
        with pytest.raises(Refusal, match="A push would be refused now: flock/pairs is public"):
            call_command("push_release", "1.0.0", "--repo-id", "flock/pairs", "--dry-run")
        assert {"create", "commit", "tag"}.isdisjoint(hub.calls)

    def test_without_a_token_is_refused(self, contributions):
        make_release()
        with pytest.raises(Refusal, match="HF_TOKEN is not set"):
            call_command("push_release", "1.0.0", "--repo-id", "flock/pairs")

    def test_to_no_repository_is_wrong_usage(self, contributions):
        with pytest.raises(WrongUsage):
            call_command("push_release", "1.0.0", "--repo-id", "pairs")
