"""What a release, a model and a chat add to a person's rights; and the whole download, searched for everybody else."""

import json
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from crowd.domain.rights import Records
from crowd.models import IdempotencyKey, Job, Person, Recheck, Version
from crowd.services import events, people, rights, rights_archive, rights_parts
from crowd.services import points as ledger
from exports.domain.release import Choice
from exports.models import Push, Question, Signature
from exports.services import chat
from exports.services import release as releases
from exports.services.release_folder import place
from tests.support.archives import opened, read
from tests.support.factories import (
    NOW,
    make_claim,
    make_draft,
    make_grant,
    make_submission,
)
from tests.support.judging import make_comparison, make_judgement
from tests.support.releases import make_approved, make_release, provenance
from tests.support.runs import make_run

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def make_question(run, person, **fields):
    defaults = {"instruction": "Why?", "state": "answered", "answer": "So.", "created_at": NOW}
    return Question.objects.create(run=run, person=person, **{**defaults, **fields})


class TestUses:
    def test_are_the_releases_that_have_it_and_the_models_trained_on_them(self, alice, adam):
        sent = make_approved(alice)
        run = make_run(make_release(), adam, state="succeeded")
        make_run(run.release, adam, state="failed")
        make_release("1.1.0", published=True)
        (newest, first) = rights_parts.uses_of([sent.pk])[sent.pk]
        assert (newest.release, newest.published_at, newest.models) == ("1.1.0", NOW, ())
        assert (first.release, first.version, first.released_at, first.models) == (
            "1.0.0",
            1,
            NOW,
            (run.name,),
        )

    def test_are_none_of_a_release_that_is_not_there_yet(self, alice):
        sent = make_approved(alice)
        releases.cut("1.0.0", Choice(), now=NOW)
        assert rights_parts.uses_of([sent.pk]) == {}

    def test_are_asked_for_many_at_once(self, alice, adam, django_assert_num_queries):
        keys = [make_approved(alice).pk for _ in range(3)]
        make_run(make_release(), adam, state="succeeded")
        for some in (keys[:1], keys):
            with django_assert_num_queries(2):
                rights_parts.uses_of(some)


class TestTheDownload:
    def test_says_where_each_record_was_used_and_under_which_name(self, alice, bob):
        make_approved(alice)
        make_approved(bob)
        release = make_release()
        found = read(alice)
        ((use,),) = [told["used"] for told in found["submissions.json"]]
        assert use == {
            "release": "1.0.0",
            "version": 1,
            "released_at": "2026-03-04T12:00:00Z",
            "published_at": None,
            "models": [],
        }
        by_record = {told["id"]: told["author"] for told in provenance(release.version)}
        (own,) = found["submissions.json"]
        assert found["pseudonyms.json"] == [{"release": "1.0.0", "author": by_record[own["id"]]}]

    def test_has_an_admins_releases_runs_and_questions(self, alice, adam, ada):
        make_approved(alice)
        release = releases.cut_here("1.0.0", Choice(), clock=lambda: NOW, person=adam)
        releases.publish(release, person=ada, now=NOW)
        run = make_run(release, adam, state="succeeded")
        make_question(run, adam, instruction="What is a swift?")
        make_question(run, ada, instruction="Nobody else's")
        found = read(adam)
        assert found["releases.json"] == [
            {"version": "1.0.0", "state": "ready", "cut_at": "2026-03-04T12:00:00Z", "published_at": None}
        ]
        assert [told["id"] for told in found["runs.json"]] == [str(run.public_id)]
        assert [told["instruction"] for told in found["questions.json"]] == ["What is a swift?"]


class TestLeaving:
    def test_deletes_their_questions_and_keeps_runs_and_releases(self, alice, adam, ada):
        make_approved(alice)
        run = make_run(make_release(), adam, state="succeeded")
        make_question(run, adam)
        kept = make_question(run, ada)
        rights.leave(adam, records=Records.KEEP, now=LATER)
        assert list(Question.objects.all()) == [kept]
        run.refresh_from_db()
        assert run.created_by.get_short_name() == "Somebody who has left"

    def test_leaves_a_worker_with_nothing_to_give_up(self, alice, adam, ada):
        make_approved(alice)
        run = make_run(make_release(), adam, state="succeeded")
        asked = chat.ask(run, person=adam, instruction="Why?", context="", now=NOW)
        rights.leave(adam, records=Records.KEEP, now=LATER)
        chat.on_quarantine(Job.objects.get(kind=chat.ANSWER_JOB, key=str(asked.public_id)), NOW)
        assert not Question.objects.exists()

    def test_keeps_a_release_and_its_pseudonyms_as_they_are(self, alice, tmp_path):
        make_approved(alice)
        release = make_release()
        before = {path.name: path.read_bytes() for path in place("1.0.0").rglob("*") if path.is_file()}
        rights.leave(alice, records=Records.KEEP, now=LATER)
        releases.export(release, tmp_path / "out")
        after = {path.name: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
        assert after == before

    def test_kept_records_are_in_the_next_release_and_withdrawn_ones_are_not(self, alice, bob):
        kept, gone = make_approved(alice), make_approved(bob)
        make_release()
        rights.leave(alice, records=Records.KEEP, now=LATER)
        rights.leave(bob, records=Records.WITHDRAW, now=LATER)
        release = make_release("1.1.0")
        assert list(release.records.values_list("submission", flat=True)) == [kept.pk]
        assert Version.objects.filter(submission=gone).count() == 1


class TestNobodyElse:
    """Every relation to a person has a row of everybody's, all mixed up; then each download is searched."""

    NAMES = ("Aurelia Quintero", "Bartholomew Oyelaran", "Clementine Zhukova", "Desmond Achterberg")

    @pytest.fixture
    def everybody(self):
        writers = [self.make(0, "contributor"), self.make(1, "admin")]
        reviewers = [self.make(2, "admin"), self.make(3, "admin")]
        for number, (writer, reviewer) in enumerate(
            zip(writers + reviewers, reviewers + writers, strict=True)
        ):
            self.fill(number, writer, reviewer)
        return [*writers, *reviewers]

    def make(self, number, role):
        first, last = self.NAMES[number].split()
        person = Person.objects.create_user(
            f"{first}.{last}@flock.example".lower(), "correct horse", name=self.NAMES[number], role=role
        )
        EmailAddress.objects.create(user=person, email=person.email)
        SocialAccount.objects.create(
            user=person, provider="sso", uid=f"sub-{last}", extra_data={"userinfo": {"name": person.name}}
        )
        return person

    def fill(self, number, writer, reviewer):
        """One of everything: what the writer did and what the reviewer did to it, each with the other's name."""
        reason = f"Ask {reviewer.name} or {reviewer.email}. {reviewer.name.split()[0]}"
        Client().force_login(writer)
        people.create_token(writer, now=NOW)
        make_grant(writer)
        make_draft(writer)
        sent = make_approved(writer, reviewer)
        sent.decisions.update(reason=reason)
        sent.versions.update(edited_by=reviewer)
        facts = {"now": NOW, "actor": reviewer, "from_state": "in_review", "to_state": "approved"}
        events.record("submission", sent.public_id, "approve", reason=reason, version=1, **facts)
        events.record("person", writer.pk, "change", now=NOW, actor=reviewer, reason=reason)
        ledger.award(sent, sent.current_version, now=NOW)
        make_claim(make_submission(writer), reviewer)
        IdempotencyKey.objects.create(
            person=writer, key="k", request_sha256="0", status=201, answer={"id": "7"}, created_at=NOW
        )
        job = Job.objects.create(kind="recheck", key=number, run_at=NOW, rung_at=NOW, created_at=NOW)
        Recheck.objects.create(
            job=job, state="succeeded", until=1, started_by=writer, created_at=NOW, finished_at=NOW
        )
        LogEntry.objects.create(
            user=writer,
            content_type=ContentType.objects.get_for_model(Person),
            object_id=str(reviewer.pk),
            object_repr=str(reviewer),
            action_flag=CHANGE,
        )
        release = releases.cut_here(f"1.{number}.0", Choice(), clock=lambda: NOW, person=writer)
        releases.publish(release, person=reviewer, now=NOW)
        Signature.objects.create(
            release=release, fingerprint="SHA256:x", text="-", created_by=writer, created_at=NOW
        )
        run = make_run(release, writer, state="succeeded")
        make_question(run, writer)
        make_judgement(make_comparison(run, writer).pairings.first(), writer, "win")
        Push.objects.create(
            run=run, repo_id="org/model", is_dry_run=True, state="done", created_by=writer, created_at=NOW
        )

    def test_is_in_a_download(self, everybody):
        for person in everybody:
            content = b"".join(rights_archive.archive(person, now=NOW))
            found = opened(content)
            text = "\n".join(
                [value if isinstance(value, str) else json.dumps(value) for value in found.values()]
            )
            empty = [name for name, rows in found.items() if rows == []]
            assert empty == []
            assert [word for word in parts_of(person) if word not in text.casefold()] == []
            others = set().union(*(parts_of(other) for other in everybody if other != person))
            assert [word for word in others if word in text.casefold()] == []
            # Nor in the zip's own bytes, such as an entry's name.
            assert [word for word in others if word.encode() in content.lower()] == []


def parts_of(person):
    """The words that only this person has in them: of the name, and so of the address."""
    return set(person.name.casefold().split())
