import pytest
from django.utils import timezone

from crowd.models import Claim, Decision, Event, PointEntry
from crowd.services import duplicates
from tests.support.factories import make_claim, make_passage, make_submission

CLAIM = "/api/v1/reviews/claim/"
TEXT = "Swifts find each other by their screams at dusk before they climb to sleep on the wing, a mile above the town."


def make_claim_now(submission, reviewer):
    return make_claim(submission, reviewer, now=timezone.now())


def held(api, reviewer):
    return api(reviewer).post(CLAIM).json()


def decide(api, reviewer, claim_id, **decision):
    return api(reviewer).post(f"/api/v1/reviews/{claim_id}/decide/", {"version": 1, **decision})


class TestClaiming:
    def test_gives_what_a_reviewer_needs_and_never_the_author(self, api, alice, rita):
        submission = make_submission(
            alice,
            category="closed_qa",
            instruction="Where do swifts sleep?",
            response="On the wing.",
            passage=make_passage(),
        )
        submission.current_version.findings.create(
            rule="length.short", severity="info", field="response", start=0, end=12, message="Short."
        )
        answer = api(rita).post(CLAIM)
        claim = Claim.objects.get()
        body = answer.json()
        assert answer.status_code == 200
        assert body["claim"].pop("expires_at").endswith("Z")
        assert body == {
            "claim": {"id": str(claim.public_id)},
            "submission": {
                "id": str(submission.public_id),
                "version": 1,
                "category": "closed_qa",
                "instruction": "Where do swifts sleep?",
                "context": "Swifts sleep on the wing.",
                "response": "On the wing.",
                "passage": {
                    "url": "https://en.wikipedia.org/w/index.php?title=Common_swift&oldid=1207",
                    "title": "Common swift",
                    "revision_id": 1207,
                    "licence": "CC-BY-SA-4.0",
                    "verified_at": None,
                },
                "findings": [
                    {
                        "rule": "length.short",
                        "severity": "info",
                        "field": "response",
                        "start": 0,
                        "end": 12,
                        "message": "Short.",
                    }
                ],
                "similar": [],
            },
        }
        assert "alice" not in answer.content.decode().lower()
        assert "alice" not in str(answer.headers).lower()

    def test_gives_the_oldest_first_and_each_to_one_reviewer(self, api, alice, rita, ravi):
        first, second = make_submission(alice), make_submission(alice)
        assert held(api, rita)["submission"]["id"] == str(first.public_id)
        assert held(api, ravi)["submission"]["id"] == str(second.public_id)

    def test_again_gives_the_same(self, api, alice, rita):
        make_submission(alice), make_submission(alice)
        assert held(api, rita) == held(api, rita)

    def test_of_an_empty_queue_gives_nothing(self, api, rita):
        answer = api(rita).post(CLAIM)
        assert (answer.status_code, answer.content) == (204, b"")

    def test_never_gives_ones_own(self, api, rita):
        make_submission(rita)
        assert api(rita).post(CLAIM).status_code == 204

    def test_is_for_reviewers(self, api, alice, bob):
        make_submission(bob)
        assert (api(alice).post(CLAIM).status_code, Claim.objects.count()) == (403, 0)

    def test_takes_no_fields(self, api, alice, rita):
        make_submission(alice)
        assert (api(rita).post(CLAIM, {"author": 1}).status_code, Claim.objects.count()) == (400, 0)


class TestWhatIsSimilar:
    def claim_beside(self, api, author, reviewer, other):
        submission = make_submission(author, instruction="Why do swifts scream at dusk?", response=TEXT)
        duplicates.index([other.current_version])
        duplicates.keep_look_alikes(
            submission.current_version, duplicates.look_alikes_of(submission.current_version)
        )
        make_claim_now(submission, reviewer)
        return held(api, reviewer)["submission"]["similar"]

    @pytest.mark.parametrize("state", ["approved", "in_review"])
    def test_shows_what_the_reviewer_may_read(self, api, alice, bob, rita, state):
        other = make_submission(
            bob, state=state, instruction="Why do the swifts scream at dusk?", response=TEXT
        )
        shown = self.claim_beside(api, alice, rita, other)
        assert [(one["kind"], one["instruction"]) for one in shown] == [
            ("near", "Why do the swifts scream at dusk?")
        ]

    @pytest.mark.parametrize("state", ["checking", "returned"])
    def test_says_of_others_only_that_they_are_there(self, api, alice, bob, rita, state):
        other = make_submission(
            bob, state=state, instruction="Why do the swifts scream at dusk?", response=TEXT
        )
        shown = self.claim_beside(api, alice, rita, other)
        assert [one.keys() for one in shown] == [{"kind", "score", "why"}]
        assert "scream" not in shown[0]["why"]


class TestDeciding:
    def test_approving_earns_the_author_points(self, api, alice, rita):
        submission = make_submission(alice)
        answer = decide(api, rita, held(api, rita)["claim"]["id"], decision="approve")
        assert (answer.status_code, answer.json()) == (
            200,
            {"id": str(submission.public_id), "state": "approved", "version": 1},
        )
        submission.refresh_from_db()
        assert submission.approved_version == submission.current_version
        assert (PointEntry.objects.get().person, PointEntry.objects.get().amount) == (alice, 10)
        assert Decision.objects.get().reviewer == rita

    @pytest.mark.parametrize(("decision", "state"), [("return", "returned"), ("reject", "rejected")])
    def test_anything_else_says_why(self, api, alice, rita, decision, state):
        submission = make_submission(alice)
        claim = held(api, rita)["claim"]["id"]
        without = decide(api, rita, claim, decision=decision)
        assert (without.status_code, list(without.json()["errors"])) == (400, ["reason"])
        answer = decide(api, rita, claim, decision=decision, reason="Say which door.")
        assert (answer.status_code, answer.json()["state"]) == (200, state)
        assert Event.objects.about("submission", submission.public_id).get().reason == "Say which door."

    def test_with_edits_makes_a_version_that_says_so(self, api, alice, rita):
        submission = make_submission(alice)
        answer = decide(
            api,
            rita,
            held(api, rita)["claim"]["id"],
            decision="approve",
            edits={"response": "It was counted."},
        )
        submission.refresh_from_db()
        assert (answer.status_code, answer.json()["version"]) == (200, 2)
        approved = submission.approved_version
        assert (approved.response, approved.origin, approved.edited_by) == (
            "It was counted.",
            "human-edited",
            rita,
        )

    def test_with_edits_that_change_nothing_makes_no_version(self, api, alice, rita):
        submission = make_submission(alice, response="It was counted.")
        edits = {"response": "It was counted."}
        answer = decide(api, rita, held(api, rita)["claim"]["id"], decision="approve", edits=edits)
        assert (answer.json()["version"], submission.versions.count()) == (1, 1)

    def test_with_a_bad_edit_changes_nothing(self, api, alice, rita):
        submission = make_submission(alice)
        claim = held(api, rita)["claim"]["id"]
        answer = decide(api, rita, claim, decision="approve", edits={"instruction": "x\x00"})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["instruction"])
        submission.refresh_from_db()
        assert (submission.state, submission.versions.count()) == ("in_review", 1)

    def test_of_another_version_is_stale(self, api, alice, rita):
        submission = make_submission(alice)
        answer = decide(api, rita, held(api, rita)["claim"]["id"], decision="approve", version=2)
        submission.refresh_from_db()
        assert (answer.status_code, submission.state) == (409, "in_review")

    def test_twice_is_a_conflict(self, api, alice, rita):
        make_submission(alice)
        claim = held(api, rita)["claim"]["id"]
        answers = [decide(api, rita, claim, decision="approve") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 409]
        assert Decision.objects.count() == 1

    def test_on_an_expired_claim_is_a_conflict(self, api, alice, rita):
        submission = make_submission(alice)
        claim = make_claim(submission, rita)  # of a day long past
        answer = decide(api, rita, claim.public_id, decision="approve")
        submission.refresh_from_db()
        assert (answer.status_code, submission.state) == (409, "in_review")

    def test_after_the_author_took_it_back_is_a_conflict(self, api, alice, rita):
        submission = make_submission(alice)
        claim = held(api, rita)["claim"]["id"]
        api(alice).post(f"/api/v1/submissions/{submission.public_id}/withdraw/")
        assert decide(api, rita, claim, decision="approve").status_code == 409

    def test_with_a_colleagues_claim_is_nothing(self, api, alice, rita, ravi, adam):
        make_submission(alice)
        claim = held(api, rita)["claim"]["id"]
        answers = [decide(api, person, claim, decision="approve") for person in (ravi, adam)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert Decision.objects.count() == 0

    def test_is_for_reviewers(self, api, alice, bob, rita):
        make_submission(bob)
        claim = held(api, rita)["claim"]["id"]
        assert decide(api, alice, claim, decision="approve").status_code == 403

    BAD = {
        "an unknown decision": ({"decision": "accept"}, "decision"),
        "a list for a decision": ({"decision": ["approve"]}, "decision"),
        "a text for a version": ({"version": "1"}, "version"),
        "true for a version": ({"version": True}, "version"),
        "a fraction": ({"version": 1.0}, "version"),
        "no version": ({"version": None}, "version"),
        "null for a reason": ({"reason": None}, "reason"),
        "a reason with NUL": ({"reason": "a\x00"}, "reason"),
        "an endless reason": ({"reason": "x" * 2_001}, "reason"),
        "a text for edits": ({"edits": "better"}, "edits"),
        "edits of the category": ({"edits": {"category": "open_qa"}}, "edits"),
        "a number for an edit": ({"edits": {"response": 7}}, "edits"),
        "an unknown field": ({"author": 1}, "author"),
    }

    @pytest.mark.parametrize(("change", "field"), BAD.values(), ids=BAD)
    def test_with_a_bad_body_changes_nothing(self, api, alice, rita, change, field):
        submission = make_submission(alice)
        answer = decide(api, rita, held(api, rita)["claim"]["id"], **{"decision": "approve", **change})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
        submission.refresh_from_db()
        assert submission.state == "in_review"
