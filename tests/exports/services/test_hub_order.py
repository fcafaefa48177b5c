"""Releases that are pushed in another order than that of their versions."""

import pytest
from django.core.management import call_command

from crowd.services import jobs
from exports.services import hub_push, pushes
from exports.services.hub import parcel_of
from tests.support.factories import NOW
from tests.support.hub import REPO, on_the_hub, push, sends_large_files
from tests.support.releases import make_approved, make_release

pytestmark = [pytest.mark.django_db, sends_large_files]


@pytest.fixture
def older(contributions):
    return make_release("1.9.0")


@pytest.fixture
def newer(older, alice):
    make_approved(alice)
    return make_release("1.10.0")


def look(release):
    return hub_push.preview(parcel_of(release), repo_id=REPO).found


def do(asked):
    """Do the job of a look or a push; its row as it is then."""
    jobs.run(pushes.job_of(asked).pk, 0, owner="worker:1", clock=lambda: NOW)
    asked.refresh_from_db()
    return asked


class TestAnEarlierRelease:
    def test_is_said_to_take_main_back(self, hub, older, newer):
        push(newer)
        assert look(older) == (
            f"Its main is at {hub.heads[REPO]}. That is v1.10.0, which is later: a push would take main back to v1.9.0."
        )

    def test_is_also_where_somebody_has_edited_the_card_at_the_hub(self, hub, older, newer):
        push(newer)
        hub.commit(REPO, {"README.md": b"Edited there.\n"})
        assert "That is v1.10.0, which is later" in look(older)

    def test_takes_main_back_and_says_so_at_the_terminal(self, hub, older, newer, capsys):
        push(newer)
        call_command("push_release", "1.9.0", "--repo-id", REPO)
        assert capsys.readouterr().err.splitlines()[-1] == (
            f"The main of {REPO} was v1.10.0, which is later. Whoever loads no tag gets v1.9.0 now."
        )
        assert hub.files(REPO) == on_the_hub(older)
        assert sorted(hub.tags[REPO]) == ["v1.10.0", "v1.9.0"]

    def test_takes_main_back_and_says_so_on_the_page(self, hub, older, newer, adam):
        push(newer)
        looked = do(pushes.look(older, repo_id=REPO, person=adam, now=NOW))
        sent = do(pushes.send(looked, person=adam, now=NOW))
        assert looked.message.endswith(
            "That is v1.10.0, which is later: a push would take main back to v1.9.0."
        )
        assert sent.message.endswith(" Main was v1.10.0, which is later.")


class TestALaterRelease:
    def test_takes_main_on_without_a_word(self, hub, older, newer, capsys):
        push(older)
        assert look(newer) == f"Its main is at {hub.heads[REPO]}."
        call_command("push_release", "1.10.0", "--repo-id", REPO)
        assert "later" not in capsys.readouterr().err

    def test_of_which_only_a_foreign_tag_tells_is_none(self, hub, older, newer):
        push(newer)
        hub.tags[REPO] = {"2.0.0": hub.heads[REPO], "vnext": hub.heads[REPO]}
        assert look(older) == f"Its main is at {hub.heads[REPO]}."
