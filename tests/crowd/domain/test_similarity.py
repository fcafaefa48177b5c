"""What counts as a copy, a near-duplicate, a look-alike; and that a whole file and one text get the same answers."""

from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.records import read_records
from crowd.domain.similarity import (
    Duplicate,
    Record,
    bands,
    batch,
    find,
    profiles,
    signatures,
    verify,
)
from crowd.domain.similarity.words import folded, words

DOLLY = Path(__file__).parents[4] / "shared/data/dolly/databricks-dolly-15k.jsonl"

TEXT = "The kettle sings because steam rushes through its narrow spout and shakes the air in a steady tone that we hear."
OTHER = "A whistle needs a narrow gap, a steady flow and a little room in which the moving air can swing to and fro."


def ask(instruction, response=TEXT, context=""):
    return Record(instruction, context, response)


def matches(a, b):
    return [(match.kind, match.on, match.score) for match in verify(a, b)]


def pairs(*records, similar=False):
    return [(d.kind, d.on, d.a, d.b) for d in find(enumerate(records, start=1), similar=similar)]


SAME = "the same instruction after case and punctuation"


class TestExactCopies:
    def test_same_three_texts_after_outer_white_space_and_composition(self):
        a, b = (
            ask("Why caf\u00e9?", context="Steam."),
            ask(" Why cafe\u0301?\n", context="Steam. ", response=TEXT + "\r\n"),
        )
        assert matches(a, b) == [
            ("exact", "text", 1.0),
            ("near", "instruction", 1.0),
            ("similar", "passage", 1.0),
        ]

    def test_category_does_not_count(self):
        assert (
            verify(Record("Why so?", "", TEXT, "open_qa"), Record("Why so?", "", TEXT, "general_qa"))[0].kind
            == "exact"
        )

    def test_another_passage_makes_it_near(self):
        assert matches(ask("Why?", context="Steam."), ask("Why?", context="Air.")) == [
            ("near", "text", 1.0),
            ("near", "instruction", 1.0),
        ]


class TestText:
    def test_case_and_punctuation_make_it_near_and_say_so(self):
        match = verify(ask("Why does it sing?"), ask("WHY does it sing", TEXT.lower()))[0]
        assert (match.kind, match.score) == ("near", 1.0)
        assert match.why == "the same instruction and response after case and punctuation"

    def test_one_changed_word_in_a_long_text_is_near_with_its_share(self):
        match = verify(
            ask("Why does it sing?"), ask("Why does it sing?", TEXT.replace("steady", "constant"))
        )[0]
        assert (match.kind, match.on, match.score) == ("near", "text", 0.7692)
        assert match.why == "77% of all runs of three words are in both"

    def test_half_of_a_text_is_similar(self):
        changed = TEXT.replace("narrow", "thin").replace("steady", "even")
        assert matches(ask("Why?"), ask("Why?", changed))[0] == ("similar", "text", 0.5385)

    def test_other_texts_have_nothing_in_common(self):
        assert matches(ask("Why does it sing?"), ask("How do whistles work?", OTHER)) == []


class TestWords:
    @pytest.mark.parametrize(
        ("text", "seen"),
        [
            ("It's a B-flat.", ["it", "s", "a", "b", "flat"]),
            ("naïve “Café”", ["naïve", "café"]),
            ("ｗｉｄｅ \ufb01sh", ["wide", "fish"]),
            ("in\u200bvisible", ["invisible"]),
            ("水は cold", ["水", "は", "cold"]),
            ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
            ("?! …", ["?!", "..."]),
            ("", []),
        ],
    )
    def test_text_as_words(self, text, seen):
        assert words(folded(text)) == seen


class TestBands:
    def test_are_the_same_for_ever_within_a_scheme(self):
        assert sum(bands(ask("Why does it sing?", context="Steam."))) == -9958845581460005419

    def test_are_signed_64_bit_and_at_most_51(self):
        made = bands(ask("Why does it sing?", context="Steam."))
        assert len(set(made)) == 51
        assert all(-(2**63) <= band < 2**63 for band in made)

    def test_nothing_to_compare_has_no_bands(self):
        assert bands(ask("", "")) == []

    def test_equal_texts_share_all_of_an_index(self):
        shared = set(bands(ask("Why does it sing?"))) & set(bands(ask("why does it sing", OTHER)))
        assert len(shared) == 25

    @pytest.mark.parametrize(("share", "least"), [(0.8, 0.99), (0.7, 0.97)])
    def test_alike_sets_share_a_band_as_often_as_the_law_says(self, share, least):
        sets = np.random.RandomState(1).randint(0, 2**63, (300, 100), dtype=np.int64).astype(np.uint64)
        kept = round(200 * share / (1 + share))
        found = 0
        for one, other in zip(sets[::2], sets[1::2], strict=True):
            other[:kept] = one[:kept]
            found += bool(set(_text_bands(one)) & set(_text_bands(other)))
        assert found / 150 >= least

    def test_a_long_text_is_hashed_in_blocks(self):
        assert len(bands(ask("Why?", "a b c d e f g h " * 60_000))) == 50


def _text_bands(shingles):
    return signatures.band_hashes(np.unique(shingles), "text").tolist()


class TestFind:
    def test_nothing_in_nothing_out(self):
        assert pairs() == []
        assert pairs(ask("Why does it sing?")) == []

    def test_each_later_copy_is_paired_with_the_earliest(self):
        copy, other = ask("Why does it sing?"), ask("How do whistles work?", OTHER)
        assert pairs(copy, other, copy, copy) == [
            ("exact", "text", 1, 3),
            ("near", "instruction", 1, 3),
            ("exact", "text", 1, 4),
            ("near", "instruction", 1, 4),
        ]

    def test_a_copy_among_looser_equals_is_still_found(self):
        loose, copy = ask("why does it sing"), ask("Why does it sing?")
        assert [pair for pair in pairs(loose, copy, copy) if pair[1] == "text"] == [
            ("near", "text", 1, 2),
            ("near", "text", 1, 3),
            ("exact", "text", 2, 3),
        ]

    def test_what_matches_one_of_equals_matches_all(self):
        copy, near = ask("Why does it sing?"), ask("Why does it sing?", TEXT.replace("tone", "note"))
        assert [pair for pair in pairs(copy, near, copy) if pair[1] == "text"] == [
            ("near", "text", 1, 2),
            ("exact", "text", 1, 3),
            ("near", "text", 2, 3),
        ]

    def test_the_rest_only_on_request(self):
        records = [ask("Why so?", "Yes.", context="Steam."), ask("How long?", OTHER, context="Steam. ")]
        assert pairs(*records) == []
        assert pairs(*records, similar=True) == [("similar", "passage", 1, 2)]

    def test_lines_are_those_given(self):
        found = list(find([(3, ask("Why so?", "Yes.")), (70, ask("why so", OTHER))]))
        assert found == [Duplicate("near", "instruction", 3, 70, 1.0, SAME)]

    def test_a_file_of_one_template_is_cut_and_says_so(self, monkeypatch):
        monkeypatch.setattr(batch, "BUCKET_CAP", 5)
        notices = []
        records = [
            ask(f"Which group of letters is the longest one of all: {n:b}?", f"{n}") for n in range(30)
        ]
        assert list(find(enumerate(records), notice=notices.append)) == []
        assert len(notices) == 1
        assert "each was compared with 20 others" in notices[0]

    def test_a_crowded_bucket_hides_no_pair_that_another_band_shows(self, monkeypatch):
        monkeypatch.setattr(batch, "BUCKET_CAP", 3)
        monkeypatch.setattr(batch, "NEIGHBOURS", 1)
        bands = np.arange(12).reshape(6, 2)
        bands[:5, 0] = 7  # one crowded bucket of five
        bands[[0, 4], 1] = 99  # and a small one, of its ends
        found = [set(pairs) for pairs, _ in batch._candidates(bands)]
        assert found == [{(0, 1), (1, 2), (2, 3), (3, 4)}, {(0, 4)}]


SENTENCES = [
    "Why does it sing?",
    "why does it sing",
    "Please why does it sing?",
    "How do whistles work?",
    "???",
    "",
    "水は",
]
RECORDS = st.builds(
    ask,
    st.sampled_from(SENTENCES),
    st.sampled_from([TEXT, TEXT.upper(), TEXT.replace("tone", "note"), OTHER, "Yes.", ""]),
    st.sampled_from(["", "Steam.", "Steam. ", "Air."]),
)


class TestOneEngine:
    @given(st.lists(RECORDS, max_size=9))
    def test_a_whole_file_agrees_with_one_by_one(self, records):
        """Every pair found is confirmed one by one, and every pair confirmed is found or follows from a group's head."""
        found = {(d.a, d.b, d.kind, d.on) for d in find(enumerate(records), similar=True)}
        confirmed = {
            (a, b, match.kind, match.on)
            for (a, one), (b, other) in combinations(enumerate(records), 2)
            for match in verify(one, other)
            if match.kind == "exact" or _proposed(one, other, match.on)
        }
        assert found <= confirmed
        assert _linked(found) == _linked(confirmed)

    @given(st.permutations(range(6)), st.lists(RECORDS, min_size=6, max_size=6))
    def test_order_changes_no_group(self, order, records):
        straight = {(d.a, d.b, d.kind, d.on) for d in find(enumerate(records))}
        turned = {(order[d.a], order[d.b], d.kind, d.on) for d in find(enumerate(records[i] for i in order))}
        assert _linked(straight) == _linked(turned)

    @given(RECORDS, RECORDS)
    def test_comparing_is_symmetric_and_repeatable(self, one, other):
        assert matches(one, other) == matches(other, one) == matches(one, other)

    @given(st.lists(RECORDS, max_size=6))
    def test_without_its_exact_copies_a_file_has_none(self, records):
        copies = {d.b for d in find(enumerate(records)) if d.kind == "exact"}
        kept = [record for position, record in enumerate(records) if position not in copies]
        assert [d for d in find(enumerate(kept)) if d.kind == "exact"] == []

    @given(st.text(), st.text(), st.text())
    def test_no_text_breaks_it(self, instruction, context, response):
        record = Record(instruction, context, response)
        assert verify(record, record)[0].kind == "exact"
        assert bands(record) == bands(record)


def _proposed(one, other, on):
    """Say whether the index of this aspect proposes the pair: 25 bands of the text, 25 of the instruction, the passage."""
    a, b = (_bands_by_aspect(record)[on] for record in (one, other))
    return bool(a & b)


def _bands_by_aspect(record):
    known = profiles.profile(record)
    return {
        "text": set(profiles.text_bands(known.text).tolist()) if known.text else set(),
        "instruction": set(profiles.question_bands(known.question).tolist()) if known.question else set(),
        "passage": {known.passage} - {None},
    }


def _linked(found):
    """Return what hangs together, by aspect: exact copies, and all that is exact or near, and so on."""
    kinds = {"exact": ["exact", "near", "similar"], "near": ["near", "similar"], "similar": ["similar"]}
    groups = {}
    for a, b, kind, on in found:
        for level in kinds[kind]:
            groups.setdefault((on, level), []).append((a, b))
    return {key: _clusters(edges) for key, edges in groups.items()}


def _clusters(edges):
    clusters = []
    for a, b in edges:
        touching = [cluster for cluster in clusters if cluster & {a, b}]
        clusters = [cluster for cluster in clusters if not cluster & {a, b}] + [
            frozenset({a, b}).union(*touching)
        ]
    return set(clusters)


@pytest.fixture(scope="module")
def dolly_duplicates():
    with DOLLY.open("rb") as file:
        return list(find(read_records(file)))


@pytest.mark.slow
@pytest.mark.skipif(not DOLLY.exists(), reason="the real databricks-dolly-15k is not here")
class TestDolly15k:
    def test_its_15_extra_copies(self, dolly_duplicates):
        assert Counter(d.kind for d in dolly_duplicates)["exact"] == 15

    def test_its_46_pairs_of_near_texts_in_38_clusters_of_82_records(self, dolly_duplicates):
        texts = [(d.a, d.b) for d in dolly_duplicates if d.on == "text"]
        clusters = _clusters(texts)
        assert (len(texts), len(clusters), sum(map(len, clusters))) == (46, 38, 82)

    def test_its_173_groups_of_439_records_with_one_instruction(self, dolly_duplicates):
        clusters = _clusters([(d.a, d.b) for d in dolly_duplicates if d.on == "instruction" and d.score == 1])
        assert (len(clusters), sum(map(len, clusters)), max(map(len, clusters))) == (173, 439, 15)
