import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crowd.models import Decision, Finding, LookAlike
from crowd.services import events, rights_archive, rights_submissions
from tests.support.archives import read
from tests.support.factories import NOW, make_draft, make_grant, make_passage, make_submission

pytestmark = pytest.mark.django_db


def decided(submission, reviewer, *, reason, decision="return"):
    version = submission.current_version
    Decision.objects.create(
        submission=submission,
        version=version,
        reviewer=reviewer,
        author=submission.author,
        decision=decision,
        reason=reason,
        created_at=NOW,
    )
    events.record(
        "submission",
        submission.public_id,
        decision,
        now=NOW,
        actor=reviewer,
        from_state="in_review",
        to_state=submission.state,
        version=version.number,
        reason=reason,
    )


class TestTheArchive:
    def test_is_a_list_of_each_kind_and_a_word_about_it(self, alice):
        found = read(alice)
        assert [name for name in found if name != "README.txt"] == list(rights_files())
        assert found["decisions.json"] == []
        readme = found["README.txt"]
        assert "alice@flock.example on 2026-03-04 12:00" in readme
        assert [name for name in rights_files() if name not in readme] == []

    def test_says_who_the_person_is(self, alice):
        assert read(alice)["account.json"] == [
            {
                "e-mail": "alice@flock.example",
                "name": "Alice",
                "role": "contributor",
                "is_active": True,
                "joined_at": alice.joined_at.isoformat().replace("+00:00", "Z"),
                "last_sign_in_at": None,
            }
        ]

    def test_has_the_wording_of_the_grant(self, alice):
        grant = make_grant(alice)
        (told,) = read(alice)["grants.json"]
        assert (told["text"], told["accepted_at"]) == (grant.wording.text, "2026-03-04T12:00:00Z")

    def test_has_drafts(self, alice, bob):
        make_draft(alice, instruction="Half a thought")
        make_draft(bob)
        assert [draft["instruction"] for draft in read(alice)["drafts.json"]] == ["Half a thought"]

    def test_has_a_submission_with_all_that_hangs_on_it(self, alice, bob, rita):
        passage = make_passage()
        sent = make_submission(alice, state="returned", category="closed_qa", passage=passage)
        version = sent.current_version
        Finding.objects.create(
            version=version, rule="length.short", severity="info", field="response", message="Short."
        )
        other = make_submission(bob, state="approved", instruction="Nobody else may read this")
        LookAlike.objects.create(
            version=version,
            other=other.current_version,
            kind="near",
            on="text",
            score=0.9,
            why="the same words",
        )
        decided(sent, rita, reason="Please say more. Rita, rita@flock.example")
        (told,) = read(alice)["submissions.json"]
        (first,) = told["versions"]
        assert (told["id"], told["state"], told["points"], told["used"]) == (
            str(sent.public_id),
            "returned",
            0,
            [],
        )
        assert (first["instruction"], first["response"], first["context"]) == (
            version.instruction,
            version.response,
            passage.text,
        )
        assert first["passage"]["revision_id"] == 1207
        assert [finding["rule"] for finding in first["findings"]] == ["length.short"]
        assert first["resembles"] == [{"kind": "near", "on": "text", "score": 0.9}]
        assert first["decision"] == {
            "decision": "return",
            "reason": "Please say more. […], […]",
            "at": "2026-03-04T12:00:00Z",
        }
        assert [(line["by"], line["action"], line["reason"]) for line in told["history"]] == [
            ("somebody else", "return", "Please say more. […], […]")
        ]

    def test_has_a_reviewers_own_words_without_texts_and_authors(self, alice, rita):
        sent = make_submission(alice, state="returned")
        decided(sent, rita, reason="Too short, says rita@flock.example")
        found = read(rita)
        assert found["decisions.json"] == [
            {
                "submission": str(sent.public_id),
                "version": 1,
                "decision": "return",
                "reason": "Too short, says rita@flock.example",
                "at": "2026-03-04T12:00:00Z",
            }
        ]
        assert [(event["action"], event["by"]) for event in found["events.json"]] == [("return", "you")]
        assert found["submissions.json"] == []

    def test_tells_what_was_done_about_an_account_and_not_by_whom(self, alice, adam):
        events.record(
            "person",
            alice.pk,
            "change",
            now=NOW,
            actor=adam,
            reason="asked by Adam",
            data={"role": ["a", "b"]},
        )
        (told,) = read(alice)["events.json"]
        assert (told["by"], told["id"], told["reason"], told["data"]) == (
            "somebody else",
            "you",
            "",
            {"role": ["a", "b"]},
        )
        (theirs,) = read(adam)["events.json"]
        assert (theirs["by"], theirs["id"]) == ("you", "another person")

    def test_names_sessions_and_tokens_without_their_secrets(self, alice, client):
        client.force_login(alice)
        found = read(alice)["sign-in.json"]
        assert [entry["kind"] for entry in found] == ["password", "session"]
        assert client.cookies["sessionid"].value not in json.dumps(found)


class TestManySubmissions:
    def test_are_read_in_as_many_statements_as_there_are_chunks(self, alice, monkeypatch):
        monkeypatch.setattr(rights_submissions, "CHUNK", 2)
        counts = []
        for total in (2, 4, 6):
            while alice.submissions.count() < total:
                make_submission(alice)
            with CaptureQueriesContext(connection) as queries:
                assert len(list(rights_submissions.submissions(alice))) == total
            counts.append(len(queries))
        assert counts[2] - counts[1] == counts[1] - counts[0]

    def test_come_a_piece_at_a_time(self):
        rows = ({"text": "x" * 1_000, "at": NOW + timedelta(seconds=n)} for n in range(1_000))
        pieces = list(rights_archive.as_json(rows))
        assert max(map(len, pieces)) < 2 * rights_archive.BLOCK_CHARS
        assert len(json.loads(b"".join(pieces))) == 1_000


def rights_files():
    return [file.name for part in rights_archive.rights_parts.parts() for file in part.files]
