"""The figures of quality: each against numbers worked out by hand, and the laws that all of them keep."""

import json
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.domain.agreement import agreement, krippendorff_alpha
from exports.domain.pictures import pictures
from exports.domain.quality import Quality, concentration, dump, percent
from exports.domain.quality_table import lengths, rows
from exports.domain.record import Review, Texts
from tests.support.releases import ALPACA, DOLLY, PAGE, make_imported, make_record

STATED = {
    "decisions": {
        "contributed": {"approve": 8, "return": 1, "reject": 1},
        "imported": {"approve": 0, "return": 0, "reject": 0},
    },
    "approval_rate": {"contributed": 80.0, "imported": None},
    "approvals_revoked": 1,
    "agreement": {"texts": 0, "percent": None, "alpha": None},
    "exact_copies": 4,
    "near_duplicates": {"rejected": 1, "standing": 2},
    "warnings_cleared": 3,
}


def counted(*records):
    quality = Quality()
    for record in records:
        quality.add(record)
    return quality.counted()


def told(*records):
    return {"counted": counted(*records), "stated": STATED}


def wrote(words, **facts):
    return make_record(texts=Texts("Why?", "", " ".join(["é"] * words)), **facts)


class TestLengths:
    def test_are_nearest_ranks_in_characters_and_words(self):
        found = counted(*(wrote(words) for words in range(1, 21)))["lengths"]["all"]["response"]
        assert found["words"] == {"p5": 1, "p25": 5, "p50": 10, "p75": 15, "p95": 19}
        assert found["characters"] == {"p5": 1, "p25": 9, "p50": 19, "p75": 29, "p95": 37}

    def test_stand_by_category_and_leave_out_fields_that_no_record_has(self):
        closed = make_record(category="closed_qa", texts=Texts("Why?", "a b c", "So."), passage=PAGE)
        found = counted(wrote(1), closed)["lengths"]["by_category"]
        assert list(found) == ["closed_qa", "open_qa"]
        assert list(found["open_qa"]) == ["instruction", "response"]
        assert found["closed_qa"]["context"]["words"]["p50"] == 3

    def test_fall_into_spans_that_double(self):
        assert counted(*(wrote(words) for words in (1, 2, 3, 4, 9)))["words"]["response"] == {
            "1": 1,
            "2": 2,
            "4": 1,
            "8": 1,
        }


class TestPassagesAndWarnings:
    def test_passages_are_told_by_how_they_are_proved(self):
        unverified = replace(PAGE, is_verified=False)
        found = counted(
            make_record(passage=PAGE),
            make_record(passage=unverified),
            make_imported(passage=PAGE),
            make_record(),
        )
        assert found["passages"] == {"verified": 1, "unverified": 1, "unpinned": 1}

    def test_warnings_are_counted_once_a_record(self):
        checks = (("language", "warning", "response"), ("length.short", "warning", "response"))
        found = counted(
            make_record(checks=checks, reviews=(Review(2, "approve"),)),
            make_imported(checks=checks),
            make_record(checks=(("length.short", "info", "response"),)),
        )
        assert found["warnings"] == {"standing": 2, "approved_by_reviewers": 1}


class TestLanguages:
    def test_are_counted_of_instruction_and_response(self):
        quality = Quality(lambda text: "fr" if text == "Why?\né é" else "en")
        quality.add(wrote(2))
        quality.add(wrote(3))
        assert quality.languages == {"fr": 1, "en": 1}


class TestConcentration:
    def test_of_equals_is_none(self):
        assert concentration([3] * 20) == {
            "people": 20,
            "records": 60,
            "top_person": 5.0,
            "top_tenth": 10.0,
            "gini": 0.0,
            "effective": 20.0,
        }

    def test_is_that_of_a_hand_worked_example(self):
        # x = 1, 1, 2, 6, 10: G = 2 * (1 + 2 + 6 + 24 + 50) / (5 * 20) - 6/5 = 0.46; 20^2 / (1 + 1 + 4 + 36 + 100) = 2.817
        assert concentration([10, 1, 6, 2, 1]) == {
            "people": 5,
            "records": 20,
            "top_person": 50.0,
            "top_tenth": 50.0,
            "gini": 0.46,
            "effective": 2.8,
        }

    def test_of_one_person_is_told_as_of_many(self):
        assert concentration([7]) == {
            "people": 1,
            "records": 7,
            "top_person": 100.0,
            "top_tenth": 100.0,
            "gini": 0.0,
            "effective": 1.0,
        }

    def test_of_imports_alone_is_nobodys(self):
        assert counted(make_imported())["contributors"] == {"people": 0}

    @given(st.lists(st.integers(1, 10_000), min_size=1, max_size=60))
    def test_stays_within_its_bounds(self, tallies):
        found = concentration(tallies)
        assert 0 <= found["gini"] < 1
        assert 1 <= found["effective"] <= len(tallies)
        assert found["top_person"] <= found["top_tenth"] <= 100


class TestAgreement:
    def test_without_a_text_decided_twice_is_none(self):
        assert agreement([["approve"], ["reject"]]) == {"texts": 0, "percent": None, "alpha": None}

    def test_of_few_texts_is_a_share_alone(self):
        found = agreement([["approve", "approve"], ["approve", "reject"], ["approve"]])
        assert found == {"texts": 2, "percent": 50.0, "alpha": None}

    def test_of_many_has_alpha_too(self):
        found = agreement([["approve"] * 2] * 15 + [["reject"] * 2] * 4 + [["approve", "reject"]])
        # Values: 31 and 9 of 40. Observed: 2 unlike ordered pairs; by chance: 40^2 - 31^2 - 9^2 = 558.
        assert found == {"texts": 20, "percent": 95.0, "alpha": float(round(1 - Fraction(39 * 2, 558), 3))}

    def test_alpha_is_the_published_one(self):
        # Krippendorff 2011, section B: two observers, ten binary units, alpha 0.095.
        first, second = "0100000010", "1110010000"
        units = [Counter(pair) for pair in zip(first, second, strict=True)]
        assert round(float(krippendorff_alpha(units)), 3) == 0.095

    def test_alpha_is_the_published_one_where_values_are_missing(self):
        # Wikipedia, "Krippendorff's alpha", a computational example: three coders, fifteen units, nominal 0.691.
        coders = (".....34121133.3", "1.213343.......", "..21344.21133.4")
        columns = zip(*coders, strict=True)
        units = [Counter(value for value in column if value != ".") for column in columns]
        alpha = krippendorff_alpha([unit for unit in units if unit.total() > 1])
        assert round(float(alpha), 3) == 0.691

    def test_alpha_of_one_value_alone_is_none(self):
        assert agreement([["approve", "approve"]] * 30) == {"texts": 30, "percent": 100.0, "alpha": None}


class TestShares:
    @pytest.mark.parametrize(
        ("part", "whole", "share"), [(0, 0, None), (1, 3, 33.3), (1, 8, 12.5), (1, 2_000, 0.0)]
    )
    def test_are_rounded_once(self, part, whole, share):
        assert percent(part, whole) == share


RECORDS = st.lists(
    st.builds(
        lambda words, category, author, source, checks: (
            make_imported(source, category=category, texts=Texts("Why?", "", words or "x"), checks=checks)
            if source
            else make_record(
                category=category, texts=Texts("Why?", "", words or "x"), author=author, checks=checks
            )
        ),
        st.text(max_size=30),
        st.sampled_from(["open_qa", "brainstorming", "classification"]),
        st.integers(1, 9),
        st.sampled_from([None, DOLLY, ALPACA]),
        st.sampled_from([(), (("language", "warning", "response"),)]),
    ),
    min_size=1,
    max_size=25,
)


class TestLaws:
    @settings(max_examples=30)
    @given(RECORDS.flatmap(lambda records: st.tuples(st.just(records), st.permutations(records))))
    def test_the_order_of_records_changes_no_byte(self, both):
        ours, theirs = (dump(counted(*records), STATED) for records in both)
        assert ours == theirs

    @settings(max_examples=30)
    @given(RECORDS)
    def test_the_file_is_read_as_it_was_told(self, records):
        told_now = told(*records)
        again = json.loads(dump(**told_now))
        assert again == told_now
        assert list(rows(again)) == list(rows(told_now))
        assert list(lengths(again)) == list(lengths(told_now))
        categories = dict(Counter(record.category for record in records))
        assert list(pictures(categories, again)) == list(pictures(categories, told_now))


class TestTheTable:
    def test_says_what_cannot_be_measured(self):
        values = {row.label: row.value for row in rows(told(make_record()))}
        assert values == {
            "Passages verified": "0 verified, 0 not yet, 0 unpinned",
            "Warnings standing": "0, of which 0 were approved by reviewers here",
            "Contributors": "1; the most active wrote 100.0 %, the most active tenth 100.0 %; Gini 0.000, effective number 1.0",
            "Approval rate": "80.0 % (8 of 10 decisions)",
            "Agreement": "not measurable: no text was decided twice",
            "Approvals revoked": "1",
            "Duplicates removed": "4 exact copies refused; 1 near-duplicate rejected; 2 pairs let stand",
            "Findings cleared": "3",
        }

    def test_of_an_older_release_tells_nothing_of_exact_copies(self):
        stated = {name: value for name, value in STATED.items() if name != "exact_copies"}
        values = {row.label: row.value for row in rows({"counted": counted(make_record()), "stated": stated})}
        assert values["Duplicates removed"] == "1 near-duplicate rejected; 2 pairs let stand"

    def test_tells_of_many_people(self):
        values = {row.label: row.value for row in rows(told(*(make_record(author=n) for n in range(5))))}
        assert values["Contributors"] == (
            "5; the most active wrote 20.0 %, the most active tenth 20.0 %; Gini 0.000, effective number 5.0"
        )

    def test_cells_break_no_table(self):
        assert [
            row for row in rows(told(make_record())) if "|" in f"{row.label}{row.value}{row.definition}"
        ] == []
