"""The demo's pairs and passages: what the seed, the reviewer's queue and the smoke fine-tune count on."""

import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from crowd.domain.categories import DOLLY_RULES, ContextRule

DEMO = Path(__file__).parents[3] / "crowd" / "demo"
PAIRS = json.loads((DEMO / "pairs.json").read_text(encoding="utf-8"))
PASSAGES = json.loads((DEMO / "passages.json").read_text(encoding="utf-8"))
PAIR = {pair["key"]: pair for pair in PAIRS}
TEXT = {passage["slug"]: passage["text"] for passage in PASSAGES}

# Written out here: a marker lost from the product's own list would otherwise go unseen.
RESERVED = re.compile(r"### (Instruction:|Response:|End)|<\|endoftext\|>")
CITATION = re.compile(r"\[(\d+|[a-z]|citation needed)\]")
SLUG = re.compile(r"[a-z]+(-[a-z]+)*")


def in_state(state):
    return [pair for pair in PAIRS if pair["state"] == state]


def shingles(pair):
    """Three words in a row, of instruction and response together."""
    words = re.findall(r"\w+", f"{pair['instruction']} {pair['response']}".lower())
    return set(zip(words, words[1:], words[2:], strict=False))


def likeness(one, other):
    """Jaccard similarity, 0..1."""
    ours, theirs = shingles(one), shingles(other)
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 0


def look_alikes(threshold):
    return [
        (one["key"], other["key"])
        for place, one in enumerate(PAIRS)
        for other in PAIRS[place + 1 :]
        if likeness(one, other) >= threshold
    ]


class TestCounts:
    def test_states(self):
        assert Counter(pair["state"] for pair in PAIRS) == {
            "approved": 29,
            "in_review": 11,
            "returned": 1,
            "rejected": 1,
        }

    def test_approved_by_category(self):
        assert Counter(pair["category"] for pair in in_state("approved")) == {
            "open_qa": 6,
            "closed_qa": 4,
            "information_extraction": 4,
            "summarization": 4,
            "brainstorming": 4,
            "classification": 4,
            "creative_writing": 3,
        }

    def test_in_review_by_category(self):
        assert Counter(pair["category"] for pair in in_state("in_review")) == {
            "open_qa": 2,
            "closed_qa": 1,
            "information_extraction": 2,
            "summarization": 1,
            "brainstorming": 1,
            "classification": 2,
            "creative_writing": 2,
        }

    def test_fields(self):
        fields = [
            "key",
            "author",
            "category",
            "instruction",
            "response",
            "passage",
            "state",
            "reviewer",
            "reason",
            "days_ago",
        ]
        assert [list(pair) for pair in PAIRS] == [fields] * len(PAIRS)

    def test_days_fit_a_contest_of_two_weeks(self):
        assert [pair["key"] for pair in PAIRS if pair["days_ago"] not in range(14)] == []


class TestPassages:
    def test_slugs_are_unique(self):
        assert [slug for slug in TEXT if not SLUG.fullmatch(slug)] == []
        assert len(TEXT) == len(PASSAGES) == 9

    def test_every_one_is_used(self):
        assert {pair["passage"] for pair in PAIRS} == {*TEXT, None}

    def test_categories_that_need_one_have_one(self):
        for pair in PAIRS:
            required = DOLLY_RULES[pair["category"]].context is ContextRule.REQUIRED
            assert (pair["key"], pair["passage"] is not None) == (pair["key"], required)

    @pytest.mark.parametrize("passage", PASSAGES, ids=TEXT)
    def test_url_is_the_permalink_of_its_revision(self, passage):
        url = urlsplit(passage["url"])
        assert (url.scheme, url.netloc, url.path) == ("https", "wiki.flock.example", "/index.php")
        assert parse_qs(url.query) == {
            "title": [passage["title"].replace(" ", "_")],
            "oldid": [str(passage["revision_id"])],
        }
        assert passage["licence"] == "CC-BY-SA-4.0"

    def test_length_in_words(self):
        assert [slug for slug, text in TEXT.items() if not 60 <= len(text.split()) <= 180] == []

    def test_no_markers(self):
        assert [slug for slug, text in TEXT.items() if RESERVED.search(text) or CITATION.search(text)] == []


class TestReview:
    def test_nobody_reviews_their_own(self):
        assert [pair["key"] for pair in PAIRS if pair["author"] == pair["reviewer"]] == []

    def test_a_reviewer_has_decided_all_but_what_waits(self):
        deciders = {f"{name}@flock.example" for name in ("rita", "ravi", "adam")}
        assert {pair["reviewer"] for pair in PAIRS if pair["state"] != "in_review"} == deciders
        assert {pair["reviewer"] for pair in in_state("in_review")} == {None}

    def test_only_a_refusal_has_a_reason(self):
        assert [pair["state"] for pair in PAIRS if pair["reason"]] == ["returned", "rejected"]

    def test_authors(self):
        writers = {f"{name}@flock.example" for name in ("alice", "bob", "carol", "dev", "rita", "ravi")}
        assert {pair["author"] for pair in PAIRS} == writers


class TestTexts:
    def test_keys_are_unique(self):
        assert [key for key in PAIR if not SLUG.fullmatch(key)] == []
        assert len(PAIR) == len(PAIRS)

    def test_no_two_are_equal(self):
        assert len({(pair["instruction"], pair["response"]) for pair in PAIRS}) == len(PAIRS)
        assert len({pair["instruction"] for pair in PAIRS}) == len(PAIRS)

    def test_one_near_duplicate_by_another_author(self):
        assert look_alikes(0.75) == [("kettle-noise", "kettle-noise-again")]
        approved, waiting = PAIR["kettle-noise"], PAIR["kettle-noise-again"]
        assert (approved["state"], waiting["state"]) == ("approved", "in_review")
        assert approved["author"] != waiting["author"]

    def test_all_others_are_far_apart(self):
        assert look_alikes(0.1) == [("kettle-noise", "kettle-noise-again")]

    def test_approved_responses_are_short_enough_to_learn(self):
        assert [pair["key"] for pair in in_state("approved") if not 40 <= len(pair["response"]) <= 420] == []

    def test_response_copies_neither_instruction_nor_passage(self):
        for pair in PAIRS:
            assert pair["response"] != pair["instruction"]
            assert pair["response"] not in TEXT.get(pair["passage"], "")

    def test_no_outer_space(self):
        texts = [*TEXT.values(), *(pair[field] for pair in PAIRS for field in ("instruction", "response"))]
        assert [text for text in texts if text != text.strip()] == []

    def test_no_reserved_markers(self):
        assert [
            pair["key"] for pair in PAIRS if RESERVED.search(pair["instruction"] + pair["response"])
        ] == []


class TestFindingsOnPurpose:
    """Two that wait have something for a reviewer to see."""

    def test_one_citation_marker(self):
        marked = [pair for pair in PAIRS if CITATION.search(pair["instruction"] + pair["response"])]
        assert [(pair["key"], pair["state"]) for pair in marked] == [("swift-numbers", "in_review")]

    def test_one_very_short_answer(self):
        short = [pair for pair in PAIRS if len(pair["response"]) < 20]
        assert [(pair["key"], pair["state"]) for pair in short] == [("wild-penguins", "in_review")]
