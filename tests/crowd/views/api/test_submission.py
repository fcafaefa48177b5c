import pytest

from crowd.models import Category, Event, Job, Submission, Version
from crowd.services import submission as submissions
from crowd.services.submission import Content
from tests.support.factories import NOW, make_submission

URL = "/api/v1/submissions/"


def at(submission, rest=""):
    return f"{URL}{submission.public_id}/{rest}"


class TestSubmitting:
    def test_stores_the_pair_and_asks_for_its_checks(self, api, writer, pair):
        answer = api(writer).post(URL, pair)
        submission = Submission.objects.get()
        assert answer.status_code == 201
        assert answer.json() == {
            "id": str(submission.public_id),
            "state": "checking",
            "version": 1,
            "findings": [],
        }
        assert submission.author == writer
        assert Job.objects.get().payload == {"version": submission.current_version.pk}
        assert Event.objects.about("submission", submission.public_id).get().action == "submit"

    def test_stores_the_texts_as_sent_but_for_line_ends(self, api, writer, pair):
        api(writer).post(URL, {**pair, "instruction": "  Why\r\nso? ", "response": "\tBecause.\n\n"})
        version = Version.objects.get()
        assert (version.instruction, version.response) == ("  Why\nso? ", "\tBecause.\n\n")

    def test_keeps_the_passage_with_its_page(self, api, writer, pair_with_passage):
        assert api(writer).post(URL, pair_with_passage).status_code == 201
        passage = Version.objects.get().passage
        assert (passage.text, passage.revision_id) == ("Swifts sleep on the wing.", 1207)
        assert passage.url == "https://en.wikipedia.org/w/index.php?oldid=1207"

    def test_answers_with_what_the_reviewer_will_see(self, api, writer, pair):
        answer = api(writer).post(URL, {**pair, "response": "So."})
        assert answer.json()["findings"] == [
            {
                "rule": "length.short",
                "severity": "info",
                "field": "response",
                "start": 0,
                "end": 3,
                "message": "This is very short: make sure that it says all that is needed.",
            }
        ]

    def test_needs_the_grant(self, api, alice, pair):
        answer = api(alice).post(URL, pair)
        assert (answer.status_code, answer.json()["grant"]) == (403, "1")
        assert Submission.objects.count() == 0

    def test_needs_an_open_contest(self, api, writer, pair, frozen_contest):
        answer = api(writer).post(URL, pair)
        assert (answer.status_code, Submission.objects.count()) == (409, 0)


class TestAnExactCopy:
    def test_is_refused_and_named_where_it_is_ones_own(self, api, writer, pair):
        first = api(writer).post(URL, pair).json()
        again = api(writer).post(URL, {**pair, "category": "creative_writing"})
        assert (again.status_code, again.json()["id"]) == (409, first["id"])
        assert Submission.objects.count() == 1

    def test_is_named_where_it_is_approved(self, api, writer, bob, pair):
        theirs = make_submission(
            bob, state="approved", instruction=pair["instruction"], response=pair["response"]
        )
        answer = api(writer).post(URL, pair)
        assert (answer.status_code, answer.json()["id"]) == (409, str(theirs.public_id))

    @pytest.mark.parametrize(("is_approved", "is_named"), [(True, True), (False, False)])
    def test_of_a_revised_one_only_the_approved_text_is_named(
        self, api, writer, bob, pair, is_approved, is_named
    ):
        theirs = make_submission(
            bob, state="approved", instruction=pair["instruction"], response=pair["response"]
        )
        newer = {**pair, "response": "They call, and climb to sleep."}
        content = Content(Category.objects.get(key=pair["category"]), pair["instruction"], newer["response"])
        submissions.resubmit(theirs, content, person=bob, now=NOW)
        answer = api(writer).post(URL, pair if is_approved else newer)
        assert (answer.status_code, answer.json().get("id") == str(theirs.public_id)) == (409, is_named)

    def test_is_not_named_where_it_is_somebody_elses(self, api, writer, bob, pair):
        theirs = make_submission(bob, instruction=pair["instruction"], response=pair["response"])
        answer = api(writer).post(URL, pair)
        assert (answer.status_code, "id" in answer.json()) == (409, False)
        assert str(theirs.public_id) not in answer.content.decode()


class TestReadingOne:
    def test_shows_all_of_ones_own(self, api, writer, pair_with_passage):
        sent = api(writer).post(URL, pair_with_passage).json()
        shown = api(writer).get(f"{URL}{sent['id']}/").json()
        assert shown.pop("created_at").endswith("Z")
        assert shown.pop("updated_at").endswith("Z")
        assert shown == {
            "id": sent["id"],
            "state": "checking",
            "version": 1,
            "category": "closed_qa",
            "instruction": "Where do swifts sleep?",
            "context": "Swifts sleep on the wing.",
            "response": "In the air, while they fly.",
            "passage": {
                "url": "https://en.wikipedia.org/w/index.php?oldid=1207",
                "title": "",
                "revision_id": 1207,
                "licence": "CC-BY-SA-4.0",
                "verified_at": None,
            },
            "licence": "CC-BY-SA-4.0",
            "approved_version": None,
            "findings": [],
            "reason": None,
            "points": 0,
        }

    def test_shows_findings(self, api, alice):
        submission = make_submission(alice, instruction="Why?")
        version = submission.current_version
        version.findings.create(
            rule="length.short", severity="info", field="instruction", start=0, end=4, message="Short."
        )
        shown = api(alice).get(at(submission)).json()["findings"]
        assert [(finding["rule"], finding["end"]) for finding in shown] == [("length.short", 4)]

    def test_says_why_it_was_returned(self, api, alice, rita):
        submission = make_submission(alice)
        claim = api(rita).post("/api/v1/reviews/claim/").json()["claim"]
        decision = {"decision": "return", "version": 1, "reason": "Say which door."}
        api(rita).post(f"/api/v1/reviews/{claim['id']}/decide/", decision)
        shown = api(alice).get(at(submission)).json()
        assert (shown["state"], shown["reason"]) == ("returned", "Say which door.")

    def test_says_what_it_earned(self, api, alice, rita):
        submission = make_submission(alice)
        claim = api(rita).post("/api/v1/reviews/claim/").json()["claim"]
        api(rita).post(f"/api/v1/reviews/{claim['id']}/decide/", {"decision": "approve", "version": 1})
        shown = api(alice).get(at(submission)).json()
        assert (shown["points"], shown["approved_version"]) == (10, 1)

    def test_of_somebody_else_is_like_one_that_is_not_there(self, api, alice, bob):
        theirs = api(bob).get(at(make_submission(alice)))
        nothing = api(bob).get(f"{URL}6b1f1b1e-0000-4000-8000-000000000000/")
        no_id = api(bob).get(f"{URL}not-an-id/")
        assert [answer.status_code for answer in (theirs, nothing, no_id)] == [404, 404, 404]
        assert theirs.content == nothing.content == no_id.content
        assert theirs.headers == nothing.headers

    def test_in_review_is_read_by_a_reviewer_without_its_author(self, api, alice, rita):
        answer = api(rita).get(at(make_submission(alice)))
        assert answer.status_code == 200
        assert "alice" not in answer.content.decode().lower()

    def test_not_in_review_is_nothing_to_a_reviewer(self, api, alice, rita):
        assert api(rita).get(at(make_submission(alice, state="returned"))).status_code == 404


class TestTheList:
    def test_shows_ones_own_the_newest_first(self, api, alice, bob):
        first, second = make_submission(alice), make_submission(alice, state="rejected")
        make_submission(bob)
        shown = api(alice).get(URL).json()
        ids = {line["id"] for line in shown["results"]}
        assert (ids, shown["next"], shown["previous"]) == (
            {str(first.public_id), str(second.public_id)},
            None,
            None,
        )

    def test_shows_a_reviewer_also_what_is_in_review(self, api, alice, rita):
        in_review, own = make_submission(alice), make_submission(rita, state="approved")
        make_submission(alice, state="returned")
        answer = api(rita).get(URL)
        assert {line["id"] for line in answer.json()["results"]} == {
            str(in_review.public_id),
            str(own.public_id),
        }
        assert "alice" not in answer.content.decode().lower()

    @pytest.mark.parametrize("count", [1, 3])
    def test_takes_two_queries_however_many_there_are(self, api, alice, count, django_assert_num_queries):
        for _ in range(count):
            make_submission(alice)
        with django_assert_num_queries(2):
            assert len(api(alice).get(URL).json()["results"]) == count

    @pytest.mark.parametrize("query", ["_connector=OR 1=1", "ordering=author", "page_size=0", "page_size=x"])
    def test_takes_no_other_questions(self, api, alice, query):
        answer = api(alice).get(f"{URL}?{query}")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.split("=")[0]])


class TestWithdrawing:
    def test_takes_it_back(self, api, alice):
        submission = make_submission(alice)
        answer = api(alice).post(at(submission, "withdraw/"))
        assert (answer.status_code, answer.json()) == (
            200,
            {"id": str(submission.public_id), "state": "withdrawn", "version": 1},
        )
        submission.refresh_from_db()
        assert submission.state == "withdrawn"
        assert Event.objects.about("submission", submission.public_id).get().actor == alice

    def test_twice_is_a_conflict_that_names_the_state(self, api, alice):
        submission = make_submission(alice)
        api(alice).post(at(submission, "withdraw/"))
        again = api(alice).post(at(submission, "withdraw/"))
        assert (again.status_code, again.json()["state"]) == (409, "withdrawn")

    def test_of_somebody_elses_is_nothing(self, api, alice, bob, rita, adam):
        submission = make_submission(alice)
        answers = [api(person).post(at(submission, "withdraw/")) for person in (bob, rita, adam)]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        submission.refresh_from_db()
        assert submission.state == "in_review"

    def test_takes_no_fields(self, api, alice):
        submission = make_submission(alice)
        answer = api(alice).post(at(submission, "withdraw/"), {"reason": "x"})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["reason"])
