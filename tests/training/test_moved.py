"""A run goes on wherever its folders were moved to: they are known by what is in them."""

import shutil
from dataclasses import replace

import pytest

from tests.training.conftest import ROWS, write_rows
from tests.training.test_finetune import losses, short
from training.config import ConfigError
from training.finetune import finetune

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tuned, tmp_path):
    """A run of eight steps from a base, with a list of near-duplicates; all of it in one folder."""
    site = tmp_path / "site"
    shutil.copytree(tuned / "model", site / "base")
    rows = [{**row, "instruction": f"{number}: {row['instruction']}"} for number in range(5) for row in ROWS]
    (site / "duplicates.jsonl").write_text('{"a": 1, "b": 2}\n')
    return replace(
        short(write_rows(site / "data.jsonl", rows), site / "run", evaluation_records=3),
        base=str(site / "base"),
        duplicates=str(site / "duplicates.jsonl"),
    )


@pytest.fixture
def moved(config, tmp_path, stop_after):
    """The same run, stopped after its third step and moved elsewhere with everything that it needs."""
    stop_after(3)
    assert finetune(config, resume=False) == 75
    stop_after(None)
    (tmp_path / "site").rename(tmp_path / "restored")

    def there(path):
        return path.replace(str(tmp_path / "site"), str(tmp_path / "restored"))

    paths = {key: there(getattr(config, key)) for key in ("data", "out", "base", "duplicates")}
    return replace(config, **paths)


def test_a_moved_run_goes_on_bit_for_bit(moved, config, tmp_path):
    assert finetune(moved, resume=True) == 0
    shutil.copytree(tmp_path / "restored", tmp_path / "site", ignore=shutil.ignore_patterns("run"))
    assert finetune(config, resume=False) == 0
    assert losses(tmp_path / "restored" / "run") == losses(tmp_path / "site" / "run")


def test_a_moved_base_with_other_bytes_is_refused(moved, tmp_path):
    path = tmp_path / "restored" / "base" / "config.json"
    path.write_text(path.read_text() + " ")
    with pytest.raises(ConfigError, match=r"config\.json of .*: not as when the run in"):
        finetune(moved, resume=True)


@pytest.mark.parametrize("key", ["base", "duplicates"])
def test_what_the_run_began_with_cannot_be_left_out(moved, key):
    with pytest.raises(ConfigError, match=f"{key}: the run in .*; another one needs another --out"):
        finetune(replace(moved, **{key: None}), resume=True)
