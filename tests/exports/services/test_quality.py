"""What a site states of a release's quality: from the database of the cut, and frozen with it."""

import json
from datetime import timedelta

import pytest
from django.db import DEFAULT_DB_ALIAS

from crowd.models import Decision, Finding, LookAlike, Submission
from crowd.services import jobs, review
from exports import queries
from exports.domain.release import Choice
from exports.models import Release
from exports.services import release as releases
from exports.services import release_files
from exports.services.quality import stated
from exports.services.release_folder import place
from tests.support.factories import NOW, make_source, make_submission
from tests.support.releases import make_approved, make_contributions, make_release

pytestmark = pytest.mark.django_db


def told(version="1.0.0"):
    return json.loads((place(version) / "figures/quality.json").read_bytes())["stated"]


def decide(submission, reviewer, decision):
    Decision.objects.create(
        submission=submission,
        version=submission.current_version,
        reviewer=reviewer,
        author=submission.author,
        decision=decision,
        created_at=NOW,
    )
    return submission


def look_alike(version, other):
    LookAlike.objects.create(version=version, other=other, kind="near", on="text", score=0.9, why="alike")


class TestDecisions:
    def test_are_rated_apart_from_imports(self, alice, rita):
        make_contributions(alice, rita)
        decide(make_submission(alice, state="rejected"), rita, "reject")
        decide(make_submission(source=make_source(), state="approved"), rita, "approve")
        make_release()
        assert told()["decisions"] == {
            "contributed": {"approve": 3, "return": 0, "reject": 1},
            "imported": {"approve": 1, "return": 0, "reject": 0},
        }
        assert told()["approval_rate"] == {"contributed": 75.0, "imported": 100.0}

    def test_of_what_an_import_brought_as_approved_are_none(self, alice, rita):
        make_submission(source=make_source(), state="approved")
        make_release()
        assert told()["approval_rate"] == {"contributed": None, "imported": None}

    def test_count_where_they_fit_the_choice(self, alice, rita):
        make_contributions(alice, rita)
        decide(make_submission(alice, state="rejected"), rita, "reject")
        make_release(choice=Choice(categories=("closed_qa",)))
        assert told()["decisions"]["contributed"] == {"approve": 1, "return": 0, "reject": 0}

    def test_that_were_revoked_are_told(self, alice, rita, adam):
        make_contributions(alice, rita)
        review.revoke(make_approved(alice, rita), admin=adam, reason="copied", now=NOW)
        make_release()
        assert told()["approvals_revoked"] == 1


class TestAgreement:
    def test_is_of_the_same_text_sent_twice(self, alice, bob, rita, ravi):
        make_contributions(alice, rita)
        text = {"instruction": "What does a swift eat?", "response": "Insects, which it catches as it flies."}
        decide(make_submission(alice, state="rejected", **text), rita, "reject")
        decide(make_submission(bob, state="approved", **text), ravi, "approve")
        make_release()
        assert told()["agreement"] == {"texts": 1, "percent": 0.0, "alpha": None}

    def test_is_not_that_of_one_reviewer_with_themselves(self, alice, bob, rita):
        make_contributions(alice, rita)
        text = {"instruction": "What does a swift eat?", "response": "Insects, which it catches as it flies."}
        decide(make_submission(alice, state="rejected", **text), rita, "reject")
        decide(make_submission(bob, state="approved", **text), rita, "approve")
        make_release()
        assert told()["agreement"]["texts"] == 0


class TestDuplicatesAndFindings:
    def test_near_duplicates_rejected_and_let_stand(self, alice, rita):
        first, second, third = make_contributions(alice, rita)
        rejected = decide(make_submission(alice, state="rejected"), rita, "reject")
        look_alike(rejected.current_version, first.current_version)
        look_alike(second.current_version, first.current_version)
        look_alike(first.current_version, second.current_version)
        look_alike(third.current_version, rejected.current_version)
        make_release()
        assert told()["near_duplicates"] == {"rejected": 1, "standing": 1}

    def test_exact_copies_of_what_is_released(self, alice, rita):
        for submission, copies in zip(make_contributions(alice, rita), (1, 2, 4), strict=True):
            Submission.objects.filter(pk=submission.pk).update(copies_refused=copies)
        make_submission(alice, state="rejected")
        Submission.objects.filter(state="rejected").update(copies_refused=8)
        make_release()
        make_release("1.1.0", Choice(categories=("closed_qa",)))
        assert (told()["exact_copies"], told("1.1.0")["exact_copies"]) == (7, 4)

    def test_warnings_that_a_later_version_no_longer_has(self, alice, rita):
        first, *_rest = make_contributions(alice, rita)
        earlier = first.current_version
        later = first.versions.model.objects.get(pk=earlier.pk)
        later.pk, later.number, later.sha256 = None, 2, "f" * 64
        later.save()
        type(first).objects.filter(pk=first.pk).update(current_version=later, approved_version=later)
        for rule, versions in {
            "language": [earlier],
            "boilerplate": [earlier, later],
            "web.copied": [later],
        }.items():
            for version in versions:
                Finding.objects.create(
                    version=version, rule=rule, severity="warning", field="response", message=""
                )
        Finding.objects.create(
            version=earlier, rule="length.short", severity="info", field="response", message=""
        )
        assert stated(Choice(), using=DEFAULT_DB_ALIAS)["warnings_cleared"] == 1


class TestTheCut:
    def test_tells_what_was_true_when_its_records_were_chosen(self, alice, rita, monkeypatch):
        make_contributions(alice, rita)
        job = queries.cut_job(releases.cut("1.0.0", Choice(), now=NOW))
        with monkeypatch.context() as patched, pytest.raises(ZeroDivisionError):
            patched.setattr(release_files, "write", lambda *args, **kwargs: 1 / 0)
            jobs.run(job.pk, 0, owner="worker:1", clock=lambda: NOW)
        decide(make_submission(alice, state="rejected"), rita, "reject")
        make_approved(alice, rita)
        jobs.run(job.pk, 1, owner="worker:1", clock=lambda: NOW + timedelta(minutes=1))
        assert told()["decisions"]["contributed"] == {"approve": 3, "return": 0, "reject": 0}
        assert Release.objects.get().counts["records"] == 3

    def test_tells_the_same_again(self, alice, rita):
        make_contributions(alice, rita)
        make_release()
        make_release("1.0.1")
        ours, theirs = (
            {path.name: path.read_bytes() for path in (place(version) / "figures").iterdir()}
            for version in ("1.0.0", "1.0.1")
        )
        assert ours == theirs
        assert len(ours) == 6
