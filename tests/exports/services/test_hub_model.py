import hashlib
import json
import os
import stat

import pytest
from django.core.management import call_command

from crowd.management.base import Refusal, WrongUsage
from crowd.models import Event
from exports.services import hub_model, hub_push, model_card
from exports.services import release as releases
from exports.services.hub_repo import NotPushed
from exports.services.run_files import RunFolder
from tests.support.factories import NOW
from tests.support.judging import make_model, make_release
from tests.support.releases import take_back
from tests.support.runs import make_run

pytestmark = pytest.mark.django_db

REPO = "flock/tiny"
FILES = {"README.md", "config.json", "flock.json", "model.safetensors", "tokenizer.json"}


@pytest.fixture
def release(alice, folders):
    return make_release(alice, records=3)


@pytest.fixture
def tuned(release, adam):
    return make_model(release, adam)


def push(run):
    return hub_push.push(hub_model.parcel_of(run), repo_id=REPO, now=NOW, wait=lambda _seconds: None)


class TestPushing:
    def test_makes_one_commit_of_the_model_with_its_card_and_tags_it(self, hub, tuned):
        pushed = push(tuned)
        files = hub.files(REPO)
        assert (set(files) - {".gitattributes"}, hub.kinds[REPO]) == (FILES, "model")
        assert files["README.md"].decode() == model_card.render(tuned)
        assert files["model.safetensors"] == (RunFolder(tuned).model / "model.safetensors").read_bytes()
        tag = f"run-{str(tuned.public_id)[:8]}"
        assert (hub.tags[REPO], pushed.url) == ({tag: pushed.commit}, f"{hub.url}/{REPO}/tree/{tag}")
        assert hub.calls.count("commit") == 1

    def test_says_what_made_it_and_what_each_file_is(self, hub, tuned, release):
        push(tuned)
        files = hub.files(REPO)
        told = json.loads(files["flock.json"])
        assert (told["id"], told["manifest_sha256"]) == (str(tuned.public_id), release.manifest_sha256)
        assert {file["path"]: file["sha256"] for file in told["files"]} == {
            name: hashlib.sha256(files[name]).hexdigest() for name in FILES - {"README.md", "flock.json"}
        }

    def test_is_recorded_once(self, hub, tuned):
        pushed = push(tuned)
        push(tuned)
        (event,) = Event.objects.about("run", tuned.public_id).filter(action="push")
        assert pushed.commit in event.data

    def test_again_sends_nothing(self, hub, tuned):
        first, again = push(tuned), push(tuned)
        assert (again.is_new, again.commit, hub.calls.count("commit")) == (False, first.commit, 1)

    def test_again_brings_the_card_up_to_date(self, hub, tuned, release):
        first = push(tuned)
        take_back(release.records.first().submission)
        again = push(tuned)
        assert again.is_new
        assert b"**Warning.**" in hub.files(REPO)["README.md"]
        assert list(hub.tags[REPO].values()) == [first.commit]
        assert push(tuned).is_new is False

    def test_of_another_model_replaces_it_and_keeps_its_tag(self, hub, tuned, release, adam):
        push(tuned)
        other = make_model(release, adam)
        push(other)
        assert json.loads(hub.files(REPO)["flock.json"])["id"] == str(other.public_id)
        assert len(hub.tags[REPO]) == 2

    def test_an_old_model_again_leaves_main_alone(self, hub, tuned, release, adam):
        push(tuned)
        other = make_model(release, adam)
        push(other)
        assert push(tuned).is_new is False
        assert json.loads(hub.files(REPO)["flock.json"])["id"] == str(other.public_id)

    def test_never_touches_a_repository_of_something_else(self, hub, tuned):
        hub.create(REPO, private=True, kind="model")
        hub.commit(REPO, {"pytorch_model.bin": b"somebody's"})
        with pytest.raises(NotPushed, match=r"holds other things than models, pytorch_model\.bin for one"):
            push(tuned)


class TestWhatIsSent:
    @pytest.mark.parametrize("name", ["pytorch_model.bin", "modeling.py", "weights.pt", "more/x.pickle"])
    def test_is_safetensors_and_texts_alone(self, hub, tuned, name):
        path = RunFolder(tuned).model / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        with pytest.raises(NotPushed, match="is no safetensors and no text"):
            push(tuned)
        assert REPO not in hub.heads

    def test_is_no_link_out_of_the_folder(self, hub, tuned, tmp_path):
        (tmp_path / "secret.txt").write_text("s3cret")
        (RunFolder(tuned).model / "extra.txt").symlink_to(tmp_path / "secret.txt")
        with pytest.raises(NotPushed, match=r"extra\.txt"):
            push(tuned)

    def test_is_what_can_be_read(self, hub, tuned):
        os.mknod(RunFolder(tuned).model / "notes.txt", stat.S_IFSOCK | 0o600)
        with pytest.raises(NotPushed, match=r"^notes.txt of the model cannot be read \("):
            push(tuned)

    def test_is_a_whole_model(self, hub, tuned):
        weights = RunFolder(tuned).model / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-1])
        with pytest.raises(NotPushed, match=r"lacks model\.safetensors"):
            push(tuned)

    def test_is_of_a_run_that_succeeded(self, hub, release, adam):
        with pytest.raises(NotPushed, match="has no model"):
            push(make_run(release, adam, state="failed"))


class TestWhoSeesIt:
    def test_a_model_of_an_unpublished_release_stays_private(self, hub, tuned):
        push(tuned)
        assert hub.private == {REPO: True}

    def test_one_of_a_published_release_is_public(self, hub, tuned, release):
        releases.publish(release, now=NOW)
        tuned.refresh_from_db()
        push(tuned)
        assert hub.private == {REPO: False}

    def test_an_unpublished_ones_is_never_put_into_a_public_one(self, hub, tuned):
        hub.create(REPO, private=False, kind="model")
        with pytest.raises(NotPushed, match=r"is public, and release 1\.0\.0 is not published"):
            push(tuned)


class TestTheCommand:
    def call(self, run, *options):
        call_command("push_model", str(run.public_id), "--repo-id", REPO, *options)

    def test_pushes_and_says_where(self, hub, tuned, capsys):
        self.call(tuned)
        tag = hub_model.tag_of(tuned)
        assert capsys.readouterr().err == (
            f"The model of run {tuned.public_id} is at {hub.url}/{REPO}/tree/{tag}, tagged {tag}.\n"
        )
        self.call(tuned)
        assert "already. Nothing was sent." in capsys.readouterr().err

    def test_looks_first(self, hub, tuned, capsys):
        self.call(tuned, "--dry-run")
        told = capsys.readouterr()
        assert set(told.out.split()) == FILES
        assert f"These files would go to {hub.url}/{REPO}, tagged" in told.err
        assert "It would be made." in told.err
        assert (REPO in hub.heads, "commit" in hub.calls) == (False, False)

    def test_looks_without_a_token_too(self, hub, tuned, capsys, settings):
        settings.HF_TOKEN = ""
        self.call(tuned, "--dry-run")
        assert "HF_TOKEN is not set, so the hub was not asked" in capsys.readouterr().err
        with pytest.raises(Refusal, match="HF_TOKEN is not set"):
            self.call(tuned)

    def test_refuses_a_look_where_a_push_would_be_refused(self, hub, tuned):
        hub.create(REPO, private=False, kind="model")
        with pytest.raises(Refusal, match="A push would be refused now: "):
            self.call(tuned, "--dry-run")

    def test_refuses_what_it_cannot_mean(self, hub, tuned, release, adam):
        with pytest.raises(WrongUsage, match="There is no run"):
            call_command("push_model", "00000000-0000-4000-8000-000000000000", "--repo-id", REPO)
        with pytest.raises(WrongUsage, match="not of the form"):
            call_command("push_model", str(tuned.public_id), "--repo-id", "tiny")
        with pytest.raises(Refusal, match="has no model"):
            self.call(make_run(release, adam, state="failed"))
