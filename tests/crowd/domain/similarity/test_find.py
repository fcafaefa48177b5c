"""A whole file at once: what is paired with what, and that one text at a time gets the same answers."""

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.record_blocks import read_records
from crowd.domain.similarity import Duplicate, Record, bands, candidates, find, verify

DOLLY = Path(__file__).parents[5] / "shared/data/dolly/databricks-dolly-15k.jsonl"

TEXT = "The kettle sings because steam rushes through its narrow spout and shakes the air in a steady tone that we hear."
OTHER = "A whistle needs a narrow gap, a steady flow and a little room in which the moving air can swing to and fro."


def ask(instruction, response=TEXT, context=""):
    return Record(instruction, context, response)


def pairs(*records, similar=False):
    return [(d.kind, d.on, d.a, d.b) for d in find(enumerate(records, start=1), similar=similar)]


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

    def test_what_matches_one_spelling_may_not_match_another(self):
        thing, name, either = (
            ask(f"{asked} about {what}", said)
            for asked, what, said in (
                ("Tell me", "a python", TEXT),
                ("Tell me", "Python", OTHER),
                ("tell me", "python", "Yes."),
            )
        )
        assert pairs(thing, name, either, similar=True) == [
            ("similar", "instruction", 1, 2),
            ("near", "instruction", 1, 3),
            ("near", "instruction", 2, 3),
        ]

    def test_the_rest_only_on_request(self):
        records = [ask("Why so?", "Yes.", context="Steam."), ask("How long?", OTHER, context="Steam. ")]
        assert pairs(*records) == []
        assert pairs(*records, similar=True) == [("similar", "passage", 1, 2)]

    def test_lines_are_those_given(self):
        found = list(find([(3, ask("Why so?", "Yes.")), (70, ask("why so", OTHER))]))
        assert found == [
            Duplicate("near", "instruction", 3, 70, 1.0, "the same instruction after case and punctuation")
        ]

    def test_a_file_of_one_template_is_cut_and_says_so(self, monkeypatch):
        monkeypatch.setattr(candidates, "BUCKET_CAP", 5)
        notices = []
        records = [
            ask(f"Which group of letters is the longest one of all: {n:b}?", f"{n}") for n in range(30)
        ]
        assert list(find(enumerate(records), notice=notices.append)) == []
        assert len(notices) == 1
        assert "each was compared with 20 others" in notices[0]


SENTENCES = [
    "Why does it sing?",
    "why does it sing",
    "Please why does it sing?",
    "How do whistles work?",
    "Tell me about a python",
    "Tell me about Python",
    "tell me about python",
    "Is vitamin A in it?",
    "Is vitamin a in it?",
    "Is vitamin in it?",
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

    @given(st.lists(RECORDS, max_size=6))
    def test_without_its_exact_copies_a_file_has_none(self, records):
        copies = {d.b for d in find(enumerate(records)) if d.kind == "exact"}
        kept = [record for position, record in enumerate(records) if position not in copies]
        assert [d for d in find(enumerate(kept)) if d.kind == "exact"] == []


def _proposed(one, other, on):
    """Say whether the index of this aspect proposes the pair: 25 bands of the text, 25 of the instruction, the passage."""
    a, b = (_bands_by_aspect(record)[on] for record in (one, other))
    return bool(a & b)


def _bands_by_aspect(record):
    made = bands(record)
    asked = 25 if bands(Record(record.instruction, "", "")) else 0
    said = len(made) - asked - (1 if bands(Record("", record.context, "")) else 0)
    return {
        "text": set(made[:said]),
        "instruction": set(made[said : said + asked]),
        "passage": set(made[said + asked :]),
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
def dolly():
    """The real records by line."""
    with DOLLY.open("rb") as file:
        return dict(read_records(file))


@pytest.fixture(scope="module")
def dolly_duplicates(dolly):
    return list(find(dolly.items()))


@pytest.mark.slow
@pytest.mark.skipif(not DOLLY.exists(), reason="the real databricks-dolly-15k is not here")
class TestDolly15k:
    def test_its_15_extra_copies_8_of_them_in_one_category(self, dolly, dolly_duplicates):
        exact = [(d.a, d.b) for d in dolly_duplicates if d.kind == "exact"]
        assert (len(exact), sum(dolly[a].category == dolly[b].category for a, b in exact)) == (15, 8)

    @pytest.mark.parametrize(
        ("share", "facts"), [(0.9, (29, 28, 57)), (0.8, (35, 33, 67)), (0.7, (46, 38, 82))]
    )
    def test_its_near_texts_as_pairs_clusters_and_records(self, dolly_duplicates, share, facts):
        texts = [(d.a, d.b) for d in dolly_duplicates if d.on == "text" and d.score >= share]
        clusters = _clusters(texts)
        assert (len(texts), len(clusters), sum(map(len, clusters))) == facts

    def test_its_173_groups_of_439_records_with_one_instruction(self, dolly_duplicates):
        clusters = _clusters([(d.a, d.b) for d in dolly_duplicates if d.on == "instruction" and d.score == 1])
        assert (len(clusters), sum(map(len, clusters)), max(map(len, clusters))) == (173, 439, 15)
