"""What others read a derived folder with: the hub's card, `datasets` and `mlcroissant`."""

import hashlib
import json
import os
import subprocess
import sys

import mlcroissant
import pytest
from huggingface_hub import DatasetCard

from exports.domain.derived import Plan
from exports.domain.formats import FORMATS
from exports.domain.manifest import CROISSANT
from exports.services import parquet, release_formats
from exports.services.derived import derive
from exports.services.release_folder import place
from tests.support.damage import folder_of

pytestmark = pytest.mark.django_db

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


class TestTheCard:
    def test_is_the_hubs_and_names_every_file(self, derived):
        card = DatasetCard.load(derived / "README.md")
        assert card.data.license == "cc-by-sa-4.0"
        named = {
            path for config in card.data.configs for part in config["data_files"] for path in part["path"]
        }
        files = {path.relative_to(derived).as_posix() for path in derived.rglob("*.jsonl")}
        assert named == {path for path in files if not path.startswith("provenance/")}

    def test_with_parquet_alone_names_it(self, varied, tmp_path):
        derive(varied, tmp_path / "out", Plan(("parquet",)))
        assert DatasetCard.load(tmp_path / "out/README.md").data.configs == [
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": ["parquet/train.parquet"]}],
            }
        ]


@pytest.mark.slow
class TestDatasets:
    def test_loads_every_format_split_and_category(self, derived, tmp_path):
        loaded = load_with_datasets(derived, tmp_path)
        for name in {"default", *FORMATS} - {"parquet"}:
            name_of = "parquet" if name == "default" else name
            for split in ("train", "test"):
                parts = sorted((derived / "data").rglob(f"{split}.jsonl"))
                assert loaded[f"{name} {split}"] == [
                    row for part in parts for row in release_formats.rows(part, name_of)
                ]
        assert {f"{row['category']}" for row in loaded["open_qa train"]} == {"open_qa"}

    def test_loads_parquet(self, varied, tmp_path):
        derive(varied, tmp_path / "out", Plan(("parquet",)))
        rows = list(release_formats.rows(place("1.0.0") / "data/train.jsonl", "parquet"))
        assert load_with_datasets(tmp_path / "out", tmp_path) == {"default train": rows}


# mlcroissant 1.1.1 calls what rdflib 7 and pandas 3 have deprecated (last needed 2026-11).
@pytest.mark.filterwarnings(
    "ignore:ConjunctiveGraph is deprecated:DeprecationWarning",
    "ignore:The inplace keyword in DataFrame.reset_index is deprecated",
)
class TestCroissant:
    def test_is_valid_and_names_every_file_of_records(self, derived, caplog):
        issues = mlcroissant.Dataset(jsonld=derived / CROISSANT).metadata.issues
        assert (list(issues.errors), list(issues.warnings), caplog.messages) == ([], [], [])
        named = {
            each["@id"]: each["sha256"]
            for each in json.loads((derived / CROISSANT).read_text())["distribution"]
        }
        rows = [path for path in folder_of(derived) if path.rpartition(".")[2] in {"jsonl", "parquet"}]
        assert named == {path: hashlib.sha256((derived / path).read_bytes()).hexdigest() for path in rows}

    @pytest.mark.parametrize("name", ["data/closed_qa/test", "alpaca/open_qa/test", "parquet/open_qa/train"])
    def test_gives_the_records_of_a_part(self, derived, name):
        (path,) = (path for path in folder_of(derived) if path.rpartition(".")[0] == name)
        rows = list(mlcroissant.Dataset(jsonld=derived / CROISSANT).records(name))
        expected = (
            parquet.read(derived / path)
            if path.endswith("parquet")
            else map(json.loads, (derived / path).read_bytes().splitlines())
        )
        assert [
            {key.rpartition("/")[2]: value.decode() for key, value in row.items()} for row in rows
        ] == list(expected)
