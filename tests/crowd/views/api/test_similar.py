import json

import pytest

from crowd.services import duplicates
from tests.support.factories import make_submission

URL = "/api/v1/similar/"
TEXT = "Swifts find each other by their screams at dusk before they climb to sleep on the wing, a mile above the town."
TYPED = {"category": "open_qa", "instruction": "Why do swifts scream at dusk?", "response": TEXT}


def known(author, *, state="approved", instruction="Why do the swifts scream at dusk?"):
    submission = make_submission(author, state=state, instruction=instruction, response=TEXT)
    duplicates.index([submission.current_version])
    return submission


class TestSimilar:
    def test_shows_an_approved_text_and_why(self, api, alice, bob):
        known(bob)
        (found,) = api(alice).post(URL, TYPED).json()
        assert found.keys() == {"kind", "score", "why", "instruction"}
        assert (found["kind"], found["instruction"]) == ("near", "Why do the swifts scream at dusk?")
        assert 0.5 < found["score"] <= 1

    def test_compares_with_every_category_and_the_schema_says_so(self, api, alice, bob):
        known(bob)
        answers = [
            api(alice).post(URL, {**TYPED, "category": key}).json() for key in ("open_qa", "brainstorming")
        ]
        assert answers[0] == answers[1] != []
        schema = api(alice).get("/api/v1/schema/?format=json").json()["components"]["schemas"]
        assert "It changes no answer" in schema["SimilarQuery"]["properties"]["category"]["description"]

    def test_works_from_the_instruction_alone(self, api, alice, bob):
        known(bob, instruction=TYPED["instruction"].upper())
        typed = {"category": "open_qa", "instruction": TYPED["instruction"]}
        (found,) = api(alice).post(URL, typed).json()
        assert (found["kind"], found["score"]) == ("near", 1)

    def test_shows_ones_own(self, api, alice):
        known(alice, state="returned")
        (found,) = api(alice).post(URL, TYPED).json()
        assert found["instruction"] == "Why do the swifts scream at dusk?"

    @pytest.mark.parametrize("state", ["checking", "in_review", "returned"])
    @pytest.mark.parametrize("reader", ["alice", "rita"])
    def test_shows_no_word_of_what_is_not_approved(self, api, request, bob, state, reader):
        known(
            bob, state=state, instruction="Why do swifts srceam at dusk?"
        )  # a slip that the reason would quote
        answer = api(request.getfixturevalue(reader)).post(URL, TYPED)
        assert [found.keys() for found in answer.json()] == [{"kind", "score", "why"}]
        assert "srceam" not in answer.content.decode()

    @pytest.mark.parametrize("state", ["withdrawn", "rejected"])
    def test_forgets_what_is_gone(self, api, alice, bob, state):
        known(bob, state=state)
        assert api(alice).post(URL, TYPED).json() == []

    def test_finds_nothing_like_something_new(self, api, alice, bob):
        known(bob)
        typed = {"category": "open_qa", "instruction": "How is rye bread leavened without yeast?"}
        assert api(alice).post(URL, typed).json() == []

    def test_answers_from_the_first_letter_on(self, api, alice):
        answer = api(alice).post(URL, {"category": "open_qa", "instruction": ""})
        assert (answer.status_code, answer.json()) == (200, [])

    BAD = {
        "an unknown category": ({"category": "poetry"}, "category"),
        "a number": ({"instruction": 7}, "instruction"),
        "null": ({"response": None}, "response"),
        "NUL": ({"instruction": "a\x00"}, "instruction"),
        "half a surrogate pair": ({"response": "\ud800"}, "response"),
        "too long": ({"instruction": "x" * 20_001}, "instruction"),
        "an unknown field": ({"context": "x"}, "context"),
    }

    @pytest.mark.parametrize(("change", "field"), BAD.values(), ids=BAD)
    def test_refuses_a_bad_body(self, api, alice, change, field):
        answer = api(alice).post(URL, json.dumps({**TYPED, **change}), content_type="application/json")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
