import json
from array import array
from dataclasses import replace

import pytest

from exports.domain.attribution import Attribution, credited
from exports.domain.card import read_front_matter, shares, size_category
from exports.domain.figures import Figures, spread
from exports.domain.provenance import KEYS, provenance_line
from exports.domain.pseudonym import pseudonym
from exports.domain.record import Review
from tests.support.releases import DOLLY, PAGE, make_imported, make_record


def told(record):
    return json.loads(provenance_line(record, name_of=lambda person: f"p{person}"))


class TestProvenance:
    def test_tells_of_a_contribution(self):
        record = make_record(
            passage=PAGE, reviews=(Review(2, "approve"),), checks=(("length.short", "info", "response"),)
        )
        line = told(record)
        assert tuple(line) == KEYS
        assert line["author"] == "p1"
        assert line["source"] == "contributed"
        assert line["grant"] == {"licence": "CC-BY-SA-4.0", "wording": "1", "wording_sha256": "a" * 64}
        assert line["passage"]["revision_id"] == 1207
        assert line["reviews"] == [{"reviewer": "p2", "decision": "approve"}]
        assert line["checks"] == [{"rule": "length.short", "severity": "info", "field": "response"}]

    def test_marks_an_import_unpinned(self):
        line = told(make_imported(replace(DOLLY, attribution="Databricks, Inc."), passage=PAGE))
        grant = {"licence": "CC-BY-SA-3.0", "attribution": "Databricks, Inc.", "unpinned": True}
        assert line["author"] is None
        assert line["source"] == "dolly"
        assert line["grant"] == grant
        assert line["passage"] == grant | {"licence": "CC-BY-SA-4.0", "sha256": "b" * 64}


class TestPseudonyms:
    def test_hold_within_a_release(self):
        assert pseudonym(1, release="1.0.0", key="k") == pseudonym(1, release="1.0.0", key="k")

    def test_differ_by_person_release_and_site(self):
        names = {
            pseudonym(person, release=release, key=key)
            for person in (1, 2)
            for release in ("1.0.0", "1.1.0")
            for key in "kl"
        }
        assert len(names) == 8


class TestAttribution:
    def test_has_a_line_per_revision_and_dataset(self):
        attribution = Attribution()
        other = replace(PAGE, revision_id=8, url=PAGE.url.replace("1207", "8"), title="Swift [x](y)")
        for record in (
            make_record(passage=PAGE),
            make_record(passage=PAGE),
            make_record(passage=other),
            make_imported(),
        ):
            attribution.add(record)
        text = attribution.render(holder="us")
        assert [name for name, _facts in credited(text)] == [PAGE.url, other.url, "dolly"]
        assert dict(credited(text)) == attribution.credits()
        assert sum(line.startswith("- ") for line in text.splitlines()) == 3
        assert attribution.pages == 2

    def test_a_title_cannot_forge_a_line(self):
        attribution = Attribution()
        attribution.add(make_record(passage=replace(PAGE, title="x\n- **alpaca**: y")))
        assert [name for name, _facts in credited(attribution.render(holder="us"))] == [PAGE.url]


class TestFigures:
    def test_count_what_was_added(self):
        figures = Figures()
        for record in (
            make_record(),
            make_record(author=2, reviews=(Review(1, "approve"),)),
            make_imported(),
        ):
            figures.add(record)
        counts = figures.counts(pages=0)
        assert counts["records"] == 3
        assert counts["sources"] == {"contributed": 2, "dolly": 1}
        assert (counts["authors"], counts["reviewers"], counts["reviewed"]) == (2, 1, 1)

    @pytest.mark.parametrize(
        ("values", "median", "p95"),
        [([5], 5, 5), ([1, 2, 3], 2, 3), (range(1, 101), 50, 95), (range(1, 21), 10, 19)],
    )
    def test_percentiles_are_nearest_ranks(self, values, median, p95):
        figures = spread(array("I", values))
        assert (figures["median"], figures["p95"]) == (median, p95)


class TestCard:
    @pytest.mark.parametrize(
        ("records", "name"),
        [(1, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (14_996, "10K<n<100K"), (10**9, "100M<n<1B")],
    )
    def test_names_its_size_as_the_hub_does(self, records, name):
        assert size_category(records) == name

    def test_shares_are_of_the_whole(self):
        assert shares({"a": 1, "b": 3}) == [("b", 3, "75.0 %"), ("a", 1, "25.0 %")]

    @pytest.mark.parametrize("card", ["", "# no yaml", "---\n: : :\n---\n", "---\n- a\n---\n", "---\na: 1\n"])
    def test_without_yaml_is_told_so(self, card):
        with pytest.raises(ValueError, match=r"YAML|---"):
            read_front_matter(card)

    @pytest.mark.parametrize("yaml", ["a: 1:30", "a: 0x10", "a: &a 1\nb: *a", f"a: {'9' * 5_000}"])
    def test_with_yaml_that_no_card_of_ours_has_is_told_so(self, yaml):
        with pytest.raises(ValueError, match="cannot be read"):
            read_front_matter(f"---\n{yaml}\n---\n")

    def test_with_too_long_a_yaml_is_told_so(self):
        with pytest.raises(ValueError, match="too long"):
            read_front_matter("---\n" + "a: 1\n" * 60_000 + "\n---\n")
