import json

import pytest

from crowd.models import Submission

URL = "/api/v1/submissions/"


class TestABadPair:
    BAD = {
        "no instruction": ({"instruction": ""}, {"instruction"}),
        "only invisible characters": ({"response": "\u200b \n"}, {"response"}),
        "a number for a text": ({"response": 7}, {"response"}),
        "true for a text": ({"response": True}, {"response"}),
        "null for a text": ({"response": None}, {"response"}),
        "a list for a text": ({"instruction": ["Why?"]}, {"instruction"}),
        "null for a context": ({"context": None}, {"context"}),
        "NUL": ({"instruction": "Why\x00?"}, {"instruction"}),
        "half a surrogate pair": ({"response": "So\ud800."}, {"response"}),
        "a prompt marker": ({"response": "So.\n### End"}, {"response"}),
        "an instruction over the limit": ({"instruction": "x" * 20_001}, {"instruction"}),
        "a response over the limit": ({"response": "x" * 50_001}, {"response"}),
        "an unknown category": ({"category": "poetry"}, {"category"}),
        "a category with NUL": ({"category": "open_qa\x00"}, {"category"}),
        "a category with a surrogate": ({"category": "\udfff"}, {"category"}),
        "a number for a category": ({"category": 1}, {"category"}),
        "no category": ({"category": ""}, {"category"}),
        "a category that is off": ({"category": "general_qa"}, {"category"}),
        "a missing passage": ({"category": "closed_qa"}, {"context"}),
        "a passage without its page": ({"category": "closed_qa", "context": "Swifts sleep."}, {"passage"}),
        "a forbidden context": ({"context": "Swifts sleep."}, {"context"}),
        "a context of white space": ({"context": " "}, {"passage"}),
        "a forbidden page": ({"passage": {"url": "https://en.wikipedia.org/wiki/Swift"}}, {"passage"}),
        "null for a passage": ({"passage": None}, {"passage"}),
        "a text for a passage": ({"passage": "https://en.wikipedia.org/wiki/Swift"}, {"passage"}),
        "an unknown field": ({"state": "approved"}, {"state"}),
        "several unknown fields": ({"author": 1, "points": 9}, {"author", "points"}),
        "an unknown field beside a wrong one": ({"author": 1, "response": 7}, {"author", "response"}),
        "an unknown field with a surrogate": ({"\ud800": 1}, {"\\ud800"}),
    }

    @pytest.mark.parametrize(("change", "fields"), BAD.values(), ids=BAD)
    def test_is_refused_beside_its_field(self, api, writer, pair, change, fields):
        body = json.dumps({**pair, **change})
        answer = api(writer).post(URL, body, content_type="application/json")
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        assert answer.json()["errors"].keys() == fields
        assert Submission.objects.count() == 0

    @pytest.mark.parametrize("field", ["category", "instruction", "response"])
    def test_lacks_a_field(self, api, writer, pair, field):
        del pair[field]
        answer = api(writer).post(URL, pair)
        assert (answer.status_code, answer.json()["errors"]) == (400, {field: ["This field is required."]})

    PASSAGES = {
        "no url": ({"title": "Swift"}, {"url"}),
        "another site": ({"url": "https://example.org/wiki/Swift"}, {"url"}),
        "a script": ({"url": "javascript:alert(1)"}, {"url"}),
        "a NUL": ({"url": "https://en.wikipedia.org/wiki/Swift\x00"}, {"url"}),
        "an endless url": ({"url": "https://en.wikipedia.org/wiki/" + "x" * 1_000}, {"url"}),
        "an unknown field": ({"url": "https://en.wikipedia.org/wiki/Swift", "licence": "MIT"}, {"licence"}),
        "a text for a revision": (
            {"url": "https://en.wikipedia.org/wiki/Swift", "revision_id": "7"},
            {"revision_id"},
        ),
        "true for a revision": (
            {"url": "https://en.wikipedia.org/wiki/Swift", "revision_id": True},
            {"revision_id"},
        ),
        "a fraction": ({"url": "https://en.wikipedia.org/wiki/Swift", "revision_id": 1.0}, {"revision_id"}),
        "zero": ({"url": "https://en.wikipedia.org/wiki/Swift", "revision_id": 0}, {"revision_id"}),
        "a huge revision": (
            {"url": "https://en.wikipedia.org/wiki/Swift", "revision_id": 10**30},
            {"revision_id"},
        ),
        "another revision than its address": (
            {"url": "https://en.wikipedia.org/w/index.php?title=Swift&oldid=7", "revision_id": 8},
            {"url"},
        ),
        "a number for a title": ({"url": "https://en.wikipedia.org/wiki/Swift", "title": 7}, {"title"}),
        "NUL in a title": ({"url": "https://en.wikipedia.org/wiki/Swift", "title": "a\x00"}, {"title"}),
        "an endless title": ({"url": "https://en.wikipedia.org/wiki/Swift", "title": "x" * 256}, {"title"}),
    }

    @pytest.mark.parametrize(("passage", "fields"), PASSAGES.values(), ids=PASSAGES)
    def test_has_a_bad_passage(self, api, writer, pair_with_passage, passage, fields):
        answer = api(writer).post(URL, {**pair_with_passage, "passage": passage})
        assert (answer.status_code, answer.json()["errors"]["passage"].keys()) == (400, fields)

    def test_says_which_rule_refused_it(self, api, writer, pair):
        answer = api(writer).post(URL, {**pair, "instruction": "Why\x00?"})
        finding = answer.json()["findings"][0]
        assert (finding["rule"], finding["field"], finding["start"], finding["end"]) == (
            "text.malformed",
            "instruction",
            3,
            4,
        )
