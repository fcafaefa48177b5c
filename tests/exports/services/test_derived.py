"""A release in other formats: the same records, their rights with them, and never a look-alike across two splits."""

import hashlib
import json
import re
from array import array

import pytest

from crowd.domain.records import parse_record
from exports.domain import derived as deriveds
from exports.domain.derived import Plan
from exports.domain.formats import FORMATS
from exports.domain.splits import number_of, parse_splits
from exports.services import parquet, release_formats
from exports.services.derived import alike, derive
from exports.services.release_folder import place
from tests.support.damage import folder_of
from tests.support.derived import EVERYTHING, lines_in
from tests.support.live import ROOT
from tests.support.releases import make_approved, make_release

pytestmark = pytest.mark.django_db

DOLLY = ROOT.parent / "shared/data/dolly/databricks-dolly-15k.jsonl"


def lines_of(folder, name):
    return [line for path in sorted((folder / name).rglob("*.jsonl")) for line in lines_in(path)]


def _bare_question(record):
    return " ".join(re.findall(r"\w+", record.instruction.lower()))


class TestDeriving:
    def test_leaves_the_release_as_it_is(self, varied, tmp_path):
        before = folder_of(place("1.0.0"))
        derive(varied, tmp_path / "out", EVERYTHING)
        assert folder_of(place("1.0.0")) == before

    def test_again_gives_every_file_byte_for_byte(self, varied, derived, tmp_path):
        derive(varied, tmp_path / "again", EVERYTHING)
        assert folder_of(tmp_path / "again") == folder_of(derived)

    def test_holds_every_record_with_its_provenance(self, derived):
        whole = place("1.0.0")
        data, provenance = lines_of(derived, "data"), lines_of(derived, "provenance")
        assert sorted(data) == sorted(lines_in(whole / "data/train.jsonl"))
        assert sorted(provenance) == sorted(lines_in(whole / "provenance.jsonl"))
        named = [json.loads(line)["sha256"] for line in provenance]
        assert [hashlib.sha256(line).hexdigest() for line in data] == named

    def test_carries_the_rights_and_names_the_release(self, derived):
        whole = place("1.0.0")
        made = deriveds.load((derived / "derived.json").read_bytes())
        for path in ("LICENSE", "ATTRIBUTION.md"):
            assert (derived / path).read_bytes() == (whole / path).read_bytes()
        manifest = (whole / "manifest.json").read_bytes()
        assert (derived / "release/manifest.json").read_bytes() == manifest
        assert made.manifest_sha256 == hashlib.sha256(manifest).hexdigest()

    def test_by_category_has_one_in_each_file(self, derived):
        for path in (derived / "data").rglob("*.jsonl"):
            assert {parse_record(line).category for line in lines_in(path)} == {path.parent.name}

    @pytest.mark.parametrize("name", sorted(set(FORMATS) - {"parquet"}))
    def test_a_format_has_the_rows_of_the_data(self, derived, name):
        for data in (derived / "data").rglob("*.jsonl"):
            path = derived / name / data.relative_to(derived / "data")
            assert [json.loads(line) for line in lines_in(path)] == list(release_formats.rows(data, name))

    def test_parquet_has_the_rows_of_the_data(self, derived):
        for data in (derived / "data").rglob("*.jsonl"):
            path = derived / "parquet" / data.relative_to(derived / "data").with_suffix(".parquet")
            assert list(parquet.read(path)) == list(release_formats.rows(data, "parquet"))

    def test_what_breaks_leaves_nothing_behind(self, varied, tmp_path):
        (place("1.0.0") / "provenance.jsonl").write_bytes(b"")
        with pytest.raises(Exception, match=r"provenance|zip"):
            derive(varied, tmp_path / "out", Plan(("messages",)))
        assert list((tmp_path / "out").iterdir()) == []


class TestSplits:
    def test_keep_look_alikes_together(self, derived):
        split_of = {
            line: path.stem for path in (derived / "data").rglob("*.jsonl") for line in lines_in(path)
        }
        data = place("1.0.0") / "data/train.jsonl"
        lines = lines_in(data)
        pairs = list(alike(data))
        assert len(pairs) >= 2  # the later two of the passage's three with the first
        assert all(split_of[lines[a]] == split_of[lines[b]] for a, b in pairs)
        assert set(split_of.values()) == {"train", "test"}

    def test_stay_when_records_are_added(self, derived, alice, rita, tmp_path):
        make_approved(alice, rita, instruction="Name the sea between two far islands.", response="Unnamed.")
        derive(make_release("1.1.0"), tmp_path / "next", EVERYTHING)
        for split in ("train", "test"):
            before = {line for path in (derived / "data").rglob(f"{split}.jsonl") for line in lines_in(path)}
            after = {
                line for path in (tmp_path / "next/data").rglob(f"{split}.jsonl") for line in lines_in(path)
            }
            assert before <= after


@pytest.mark.slow
@pytest.mark.skipif(not DOLLY.exists(), reason=f"databricks-dolly-15k is not at {DOLLY}")
class TestTheRealDolly:
    def test_parts_no_two_that_ask_the_same_or_share_a_passage(self):
        records = [parse_record(line) for line in lines_in(DOLLY)]
        numbers = array("Q", (number_of(str(line)) for line in range(len(records))))
        splits = parse_splits("train=0.9,validation=0.05,test=0.05")
        places = splits.assign(numbers, alike(DOLLY))
        for key in (_bare_question, lambda record: record.context):
            split_of = {}
            for record, split in zip(records, places, strict=True):
                assert not key(record) or split_of.setdefault(key(record), split) == split
        assert [places.count(split) for split in range(3)] == pytest.approx([13_510, 750, 750], rel=0.12)

    def test_as_parquet_has_its_rows_and_the_same_bytes_again(self, tmp_path):
        for name in ("one", "other"):
            with (tmp_path / name).open("wb") as stream:
                parquet.write(release_formats.rows(DOLLY, "parquet"), stream)
        assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
        assert list(parquet.read(tmp_path / "one")) == list(release_formats.rows(DOLLY, "parquet"))
