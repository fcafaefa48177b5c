"""A release in other shapes: the same records, their rights with them, and never a look-alike across two splits."""

import hashlib
import json
import os
import re
import subprocess
import sys
from array import array
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import mlcroissant
import pytest
from django.core.management import call_command
from huggingface_hub import DatasetCard

from crowd.domain.records import parse_record
from crowd.management.base import Refusal, WrongUsage
from crowd.models import Submission
from exports.domain import derived as deriveds
from exports.domain.derived import Plan
from exports.domain.formats import FORMATS
from exports.domain.manifest import CROISSANT, File, load
from exports.domain.splits import number_of, parse_splits
from exports.services import parquet
from exports.services.derived import alike, derive, shape_rows
from exports.services.derived_verification import DerivedVerification
from exports.services.release_folder import place
from tests.support.damage import folder_of
from tests.support.factories import make_passage, make_source, make_submission
from tests.support.live import ROOT
from tests.support.releases import make_approved, make_release

pytestmark = pytest.mark.django_db

BIRDS = ("swift", "owl", "duck", "crow", "dove", "hen", "wren", "kite", "rook", "teal", "gull", "ibis")
HALVES = parse_splits("train=0.5,test=0.5")
EVERYTHING = Plan(tuple(FORMATS), HALVES, per_category=True)
DOLLY = ROOT.parent / "shared/data/dolly/databricks-dolly-15k.jsonl"

# What a stranger runs, with the library and nothing of Flock.
LOAD = """
import json, sys
from datasets import get_dataset_config_names, load_dataset
folder = sys.argv[1]
loaded = {}
for name in get_dataset_config_names(folder):
    for split, rows in load_dataset(folder, name).items():
        loaded[f"{name} {split}"] = list(rows)
print(json.dumps(loaded))
"""


@pytest.fixture
def release(alice, rita):
    """Pairs of two categories; three are about one passage, and two ask nearly the same."""
    passage = make_passage()
    for bird in BIRDS:
        make_approved(alice, rita, instruction=f"Where does the {bird} sleep?", response=f"{bird} nest " * 9)
    for number in range(3):
        make_approved(
            alice,
            rita,
            category="closed_qa",
            passage=passage,
            instruction=f"{BIRDS[number]}: what does the page say of number {number}?",
            response=f"It says {number} times {BIRDS[number]}.",
        )
    make_submission(source=make_source(), state="approved")
    for number, submission in enumerate(Submission.objects.order_by("pk")):  # ids decide the splits
        Submission.objects.filter(pk=submission.pk).update(public_id=UUID(int=number, version=4))
    return make_release()


@pytest.fixture
def folder(release, tmp_path):
    derive(release, tmp_path / "out", EVERYTHING)
    return tmp_path / "out"


def lines_in(path):
    return path.read_bytes().splitlines(keepends=True)


def lines_of(folder, name):
    return [line for path in sorted((folder / name).rglob("*.jsonl")) for line in lines_in(path)]


def _bare_question(record):
    return " ".join(re.findall(r"\w+", record.instruction.lower()))


def problems_of(folder):
    return list(DerivedVerification(folder).problems())


def rewrite(folder, path, change):
    """Change a file and make derived.json agree, as somebody would who wants to deceive."""
    content = change((folder / path).read_bytes())
    (folder / path).write_bytes(content)
    made = deriveds.load((folder / deriveds.NAME).read_bytes())
    files = tuple(
        replace(file, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
        if file.path == path
        else file
        for file in made.files
    )
    (folder / deriveds.NAME).write_bytes(replace(made, files=files).dump())


def load_with_datasets(folder, home):
    """Every config and split of a folder, as `datasets` gives them, in a process and a cache of its own, offline."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "COV"))}
    environment = own | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder)],
        env=environment,
        cwd=home,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
    )
    return json.loads(done.stdout)


class TestDeriving:
    def test_leaves_the_release_as_it_is(self, release, tmp_path):
        before = folder_of(place("1.0.0"))
        derive(release, tmp_path / "out", EVERYTHING)
        assert folder_of(place("1.0.0")) == before

    def test_again_gives_every_file_byte_for_byte(self, release, folder, tmp_path):
        derive(release, tmp_path / "again", EVERYTHING)
        assert folder_of(tmp_path / "again") == folder_of(folder)

    def test_holds_every_record_with_its_provenance(self, folder):
        whole = place("1.0.0")
        data, provenance = lines_of(folder, "data"), lines_of(folder, "provenance")
        assert sorted(data) == sorted(lines_in(whole / "data/train.jsonl"))
        assert sorted(provenance) == sorted(lines_in(whole / "provenance.jsonl"))
        named = [json.loads(line)["sha256"] for line in provenance]
        assert [hashlib.sha256(line).hexdigest() for line in data] == named

    def test_carries_the_rights_and_names_the_release(self, folder):
        whole = place("1.0.0")
        made = deriveds.load((folder / "derived.json").read_bytes())
        for path in ("LICENSE", "ATTRIBUTION.md"):
            assert (folder / path).read_bytes() == (whole / path).read_bytes()
        manifest = (whole / "manifest.json").read_bytes()
        assert (folder / "release/manifest.json").read_bytes() == manifest
        assert made.manifest_sha256 == hashlib.sha256(manifest).hexdigest()

    def test_by_category_has_one_in_each_file(self, folder):
        for path in (folder / "data").rglob("*.jsonl"):
            assert {parse_record(line).category for line in lines_in(path)} == {path.parent.name}

    @pytest.mark.parametrize("name", sorted(set(FORMATS) - {"parquet"}))
    def test_a_shape_has_the_rows_of_the_data(self, folder, name):
        for data in (folder / "data").rglob("*.jsonl"):
            path = folder / name / data.relative_to(folder / "data")
            assert [json.loads(line) for line in lines_in(path)] == list(shape_rows(data, name))

    def test_parquet_has_the_rows_of_the_data(self, folder):
        for data in (folder / "data").rglob("*.jsonl"):
            path = folder / "parquet" / data.relative_to(folder / "data").with_suffix(".parquet")
            assert list(parquet.read(path)) == list(shape_rows(data, "parquet"))

    def test_what_breaks_leaves_nothing_behind(self, release, tmp_path):
        (place("1.0.0") / "provenance.jsonl").write_bytes(b"")
        with pytest.raises(Exception, match=r"provenance|zip"):
            derive(release, tmp_path / "out", Plan(("messages",)))
        assert list((tmp_path / "out").iterdir()) == []


class TestSplits:
    def test_keep_look_alikes_together(self, folder):
        split_of = {line: path.stem for path in (folder / "data").rglob("*.jsonl") for line in lines_in(path)}
        data = place("1.0.0") / "data/train.jsonl"
        lines = lines_in(data)
        pairs = list(alike(data))
        assert len(pairs) >= 2  # the later two of the passage's three with the first
        assert all(split_of[lines[a]] == split_of[lines[b]] for a, b in pairs)
        assert set(split_of.values()) == {"train", "test"}

    def test_stay_when_records_are_added(self, folder, alice, rita, tmp_path):
        make_approved(alice, rita, instruction="Name the sea between two far islands.", response="Unnamed.")
        derive(make_release("1.1.0"), tmp_path / "next", EVERYTHING)
        for split in ("train", "test"):
            before = {line for path in (folder / "data").rglob(f"{split}.jsonl") for line in lines_in(path)}
            after = {
                line for path in (tmp_path / "next/data").rglob(f"{split}.jsonl") for line in lines_in(path)
            }
            assert before <= after


class TestTheCard:
    def test_is_the_hubs_and_names_every_file(self, folder):
        card = DatasetCard.load(folder / "README.md")
        assert card.data.license == "cc-by-sa-4.0"
        named = {
            path for config in card.data.configs for part in config["data_files"] for path in part["path"]
        }
        files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.jsonl")}
        assert named == {path for path in files if not path.startswith("provenance/")}

    def test_with_parquet_alone_names_it(self, release, tmp_path):
        derive(release, tmp_path / "out", Plan(("parquet",)))
        assert DatasetCard.load(tmp_path / "out/README.md").data.configs == [
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": ["parquet/train.parquet"]}],
            }
        ]


@pytest.mark.slow
class TestDatasets:
    def test_loads_every_shape_split_and_category(self, folder, tmp_path):
        loaded = load_with_datasets(folder, tmp_path)
        for name in {"default", *FORMATS} - {"parquet"}:
            shape = "parquet" if name == "default" else name
            for split in ("train", "test"):
                parts = sorted((folder / "data").rglob(f"{split}.jsonl"))
                assert loaded[f"{name} {split}"] == [row for part in parts for row in shape_rows(part, shape)]
        assert {f"{row['category']}" for row in loaded["open_qa train"]} == {"open_qa"}

    def test_loads_parquet(self, release, tmp_path):
        derive(release, tmp_path / "out", Plan(("parquet",)))
        rows = list(shape_rows(place("1.0.0") / "data/train.jsonl", "parquet"))
        assert load_with_datasets(tmp_path / "out", tmp_path) == {"default train": rows}


# mlcroissant 1.1.1 calls what rdflib 7 and pandas 3 have deprecated (last needed 2026-11).
@pytest.mark.filterwarnings(
    "ignore:ConjunctiveGraph is deprecated:DeprecationWarning",
    "ignore:The inplace keyword in DataFrame.reset_index is deprecated",
)
class TestCroissant:
    def test_is_valid_and_names_every_file_of_records(self, folder, caplog):
        issues = mlcroissant.Dataset(jsonld=folder / CROISSANT).metadata.issues
        assert (list(issues.errors), list(issues.warnings), caplog.messages) == ([], [], [])
        named = {
            each["@id"]: each["sha256"]
            for each in json.loads((folder / CROISSANT).read_text())["distribution"]
        }
        rows = [path for path in folder_of(folder) if path.rpartition(".")[2] in {"jsonl", "parquet"}]
        assert named == {path: hashlib.sha256((folder / path).read_bytes()).hexdigest() for path in rows}

    @pytest.mark.parametrize("name", ["data/closed_qa/test", "alpaca/open_qa/test", "parquet/open_qa/train"])
    def test_gives_the_records_of_a_part(self, folder, name):
        (path,) = (path for path in folder_of(folder) if path.rpartition(".")[0] == name)
        rows = list(mlcroissant.Dataset(jsonld=folder / CROISSANT).records(name))
        expected = (
            parquet.read(folder / path)
            if path.endswith("parquet")
            else map(json.loads, (folder / path).read_bytes().splitlines())
        )
        assert [
            {key.rpartition("/")[2]: value.decode() for key, value in row.items()} for row in rows
        ] == list(expected)


class TestVerifying:
    def test_finds_nothing_in_what_was_exported(self, folder):
        assert problems_of(folder) == []

    def test_finds_a_changed_a_missing_and_an_added_file(self, folder):
        (folder / "LICENSE").write_text("mine")
        next((folder / "parquet").rglob("*.parquet")).unlink()
        (folder / "more.jsonl").touch()
        assert len(problems_of(folder)) == 3

    def test_finds_another_record_whose_hash_was_made_to_agree(self, folder):
        part = next((folder / "data").rglob("*.jsonl")).relative_to(folder).as_posix()
        rewrite(folder, part, lambda content: content.replace(b"It ", b"Its ").replace(b"nest", b"bed"))
        assert "the parts together are not the release's data/train.jsonl" in problems_of(folder)

    @pytest.mark.parametrize("name", FORMATS)
    def test_finds_a_shape_that_holds_something_else(self, folder, name):
        path, other = (
            file.relative_to(folder).as_posix() for file in sorted((folder / name).rglob("*.*"))[:2]
        )
        rewrite(folder, path, lambda _content: (folder / other).read_bytes())
        assert [problem.split()[0] for problem in problems_of(folder)] == [path, CROISSANT]

    def test_finds_another_manifest(self, folder):
        rewrite(folder, "release/manifest.json", lambda content: content.replace(b"alice", b"bob") + b" ")
        assert problems_of(folder)[0] == "release/manifest.json is not the one that derived.json names"

    def test_finds_a_card_that_tells_something_else(self, folder):
        rewrite(folder, "README.md", lambda content: content.replace(b"messages/", b"elsewhere/"))
        assert [problem.split(" than")[0] for problem in problems_of(folder)] == [
            "README.md tells something else under configs"
        ]

    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [(b"data/", b"date/", "describes something else"), (b"{", b"[", "is not written the way")],
    )
    def test_finds_a_croissant_that_tells_something_else(self, folder, old, new, words):
        rewrite(folder, CROISSANT, lambda content: content.replace(old, new))
        (problem,) = problems_of(folder)
        assert words in problem

    @pytest.mark.parametrize("path", ["evil.py", "data/evil.jsonl", "LICENSES/MIT.txt", "figures/evil.svg"])
    def test_finds_a_file_that_no_export_writes(self, folder, path):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(b"print('hello')")
        made = deriveds.load((folder / deriveds.NAME).read_bytes())
        files = tuple(sorted((*made.files, File(path, "0" * 64, 0)), key=lambda file: file.path))
        (folder / deriveds.NAME).write_bytes(replace(made, files=files).dump())
        rewrite(folder, path, lambda content: content)
        assert problems_of(folder) == [
            f"{path} does not belong to a derived folder, and derived.json lists it"
        ]

    @pytest.mark.parametrize("path", ["LICENSE", "LICENSES/CC-BY-SA-4.0.txt", "ATTRIBUTION.md"])
    def test_finds_other_rights_than_the_releases(self, folder, path):
        rewrite(folder, path, lambda content: content + b"Public domain.\n")
        assert problems_of(folder) == [f"{path} is not the release's"]

    def test_finds_a_credit_that_no_record_demands_in_spite_of_every_hash(self, folder):
        rewrite(folder, "ATTRIBUTION.md", lambda content: content + b"- Somebody else, CC0\n")
        file = hashlib.sha256((folder / "ATTRIBUTION.md").read_bytes()).hexdigest()
        path = folder / "release/manifest.json"
        release = load(path.read_bytes())
        files = tuple(
            File(one.path, file, (folder / one.path).stat().st_size) if one.path == "ATTRIBUTION.md" else one
            for one in release.files
        )
        rewrite(folder, "release/manifest.json", lambda _content: replace(release, files=files).dump())
        made = deriveds.load((folder / deriveds.NAME).read_bytes())
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        described = replace(made, manifest_sha256=sha256)
        (folder / deriveds.NAME).write_bytes(described.dump())
        old = made.manifest_sha256.encode()
        rewrite(folder, "README.md", lambda content: content.replace(old, sha256.encode()))
        (problem,) = problems_of(folder)
        assert problem.startswith("ATTRIBUTION.md is not what these records and figures give, from line ")

    def test_finds_words_that_were_added_to_the_card(self, folder):
        rewrite(folder, "README.md", lambda content: content + b"This dataset is public domain.\n")
        (problem,) = problems_of(folder)
        assert problem.startswith("README.md is not what these records and figures give, from line ")
        assert problem.endswith(" on: 'This dataset is public domain.'")

    def test_says_first_that_nobody_has_signed_it(self, folder):
        found = DerivedVerification(folder)
        assert list(found.problems()) == []
        assert found.report()[0] == (
            f"{folder} holds what derived.json says, derived from release 1.0.0. No signature is over it, so it proves only "
            "that it agrees with itself."
        )

    @pytest.mark.parametrize(
        "content", [b"", b"{}", b"[]", b"null", b'{"files": 1}', b'{"files": [{}]}', b"[" * 100_000]
    )
    def test_of_no_description_says_so(self, folder, content):
        (folder / "derived.json").write_bytes(content)
        assert [problem.split(":")[0] for problem in problems_of(folder)] == ["derived.json"]


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
                parquet.write(shape_rows(DOLLY, "parquet"), stream)
        assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
        assert list(parquet.read(tmp_path / "one")) == list(shape_rows(DOLLY, "parquet"))


class TestTheCommand:
    def test_exports_what_verify_accepts(self, release, tmp_path, capsys):
        to = str(tmp_path / "out")
        options = ["--format", "parquet", "--format", "alpaca", "--split", "train=0.5,test=0.5"]
        call_command("export_release", "1.0.0", "--to", to, *options)
        call_command("verify_release", to)
        assert capsys.readouterr().out == ""
        assert {path.name for path in Path(to).iterdir()} >= {"parquet", "alpaca", "data", "provenance"}

    @pytest.mark.parametrize("split", ["train=0.9", "train", "../x=0.5,test=0.5"])
    def test_refuses_splits_that_cannot_be_meant(self, release, tmp_path, split):
        with pytest.raises(WrongUsage):
            call_command("export_release", "1.0.0", "--to", str(tmp_path / "out"), "--split", split)

    def test_refuses_an_empty_split_and_leaves_nothing(self, release, tmp_path):
        with pytest.raises(Refusal, match="No record falls into test"):
            call_command(
                "export_release",
                "1.0.0",
                "--to",
                str(tmp_path / "out"),
                "--split",
                "train=0.999999,test=0.000001",
            )
        assert list((tmp_path / "out").iterdir()) == []

    def test_will_not_take_a_key_for_what_no_key_signs(self, folder, tmp_path):
        with pytest.raises(WrongUsage, match="is derived"):
            call_command("verify_release", str(folder), "--key", str(tmp_path / "key"))
