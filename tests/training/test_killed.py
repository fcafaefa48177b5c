"""A run that ends without notice, wherever it is, leaves a folder from which it goes on as if nothing had been."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.training.conftest import ROWS, write_rows
from training import progress
from training.config import RunConfig
from training.finetune import finetune

REPOSITORY = Path(__file__).parents[2]
DEATHS = 16
SHORT = {"epochs": 4, "checkpoint_steps": 2, "evaluation_records": 0}  # 8 steps, checkpoints after 2, 4 and 6

pytestmark = pytest.mark.slow


def left_by(out):
    """Everything that a run leaves but its times: its steps' losses, its model, the names of its files."""
    lines = (out / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    steps = [event for event in map(json.loads, lines) if event["event"] == "step"]
    return (
        [(event["step"], event["loss"], event["gradient_norm"]) for event in steps],
        (out / "model" / "model.safetensors").read_bytes(),
        sorted(str(path.relative_to(out)) for path in out.rglob("*")),
    )


@pytest.fixture
def killed(data, tmp_path):
    """The folder of a run that nobody disturbed, and those of many that were killed."""
    config = RunConfig(recipe="smoke", data=str(data), out="-", overrides=SHORT)
    (tmp_path / "config.json").write_text(json.dumps(config.to_dict()), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "tests.support.kill_a_run",
        tmp_path / "config.json",
        tmp_path / "runs",
        str(DEATHS),
    ]
    done = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    return config, tmp_path / "runs" / "whole", [Path(line) for line in done.stdout.splitlines()]


def test_a_run_killed_anywhere_goes_on_bit_for_bit(killed):
    """Before its first file and its first step, between steps, inside of a checkpoint, while it saves its model."""
    config, whole, folders = killed
    expected = left_by(whole)
    found = []
    for out in folders:
        names = {path.name for path in out.rglob("*")}
        found.append((any(name.startswith(".new-step") for name in names), ".new-model" in names))
        again = RunConfig(recipe=config.recipe, data=config.data, out=str(out), overrides=config.overrides)
        assert finetune(again, resume=True) == 0
        assert left_by(out) == expected
    assert len(folders) == DEATHS
    assert {inside for inside, _ in found} == {inside for _, inside in found} == {True, False}


def two_processes(*arguments):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    return [*command, "-m", "training", "finetune", *map(str, arguments)]


ALONE = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}


class TestTwoProcesses:
    often = {"epochs": 6, "batch_records": 6, "max_length": 200, "checkpoint_steps": 1, "warmup_steps": 2}

    @pytest.fixture
    def config(self, tmp_path):
        data = write_rows(tmp_path / "data.jsonl", [row for row in ROWS if not row.get("context")] * 2)
        return RunConfig(recipe="smoke", data=str(data), out=str(tmp_path / "one"), overrides=self.often)

    def arguments(self, config, out, **other):
        chosen = {**self.often, **other}
        settings = [word for key, value in chosen.items() for word in ("--set", f"{key}={value}")]
        return "--data", config.data, "--recipe", "smoke", "--out", out, *settings

    def test_learn_what_one_learns_and_go_on_after_a_kill(self, config, tmp_path):
        assert finetune(config, resume=False) == 0
        whole, broken = tmp_path / "two", tmp_path / "broken"
        subprocess.run(two_processes(*self.arguments(config, whole)), cwd=REPOSITORY, check=True, env=ALONE)
        one, two = left_by(tmp_path / "one"), left_by(whole)
        assert [loss for _, loss, _ in two[0]] == pytest.approx([loss for _, loss, _ in one[0]], rel=1e-5)
        assert two[2] == one[2]

        self.kill_one_process_of(broken, self.arguments(config, broken))
        resumed = two_processes(*self.arguments(config, broken), "--resume")
        subprocess.run(resumed, cwd=REPOSITORY, check=True, env=ALONE)
        assert left_by(broken) == two

    def kill_one_process_of(self, out, arguments):
        """The others notice, say so and end."""
        with subprocess.Popen(two_processes(*arguments), cwd=REPOSITORY, env=ALONE) as launcher:
            while not list(out.glob("checkpoints/step-*")):
                assert launcher.poll() is None
                time.sleep(0.02)
            workers = children(launcher.pid)
            os.kill(workers[-1], signal.SIGKILL)
            assert launcher.wait(600) == 1
        assert len(workers) == 2
        assert not any(map(alive, workers))
        status = json.loads((out / progress.STATUS_FILE).read_text(encoding="utf-8"))
        assert status["state"] in {progress.FAILED, progress.STOPPED}

    def test_end_when_their_launcher_is_killed(self, config, tmp_path):
        out = tmp_path / "two"
        arguments = self.arguments(config, out, epochs=1000, checkpoint_steps=500)
        with subprocess.Popen(two_processes(*arguments), cwd=REPOSITORY, env=ALONE) as launcher:
            while '"step"' not in read(out / progress.METRICS_FILE):
                assert launcher.poll() is None
                time.sleep(0.02)
            workers = children(launcher.pid)
            launcher.kill()
        while any(map(alive, workers)):
            time.sleep(0.02)
        status = json.loads(read(out / progress.STATUS_FILE))
        assert status["state"] == progress.STOPPED
        assert [path.name for path in (out / "checkpoints").iterdir()] == [f"step-{status['step']:08}"]


def read(path):
    """What is in a file, if it is there."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def alive(process):
    """Whether it runs; one that ended may stand in the list until somebody asks for its status."""
    return read(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()[:1] not in ([], ["Z"])


def children(parent):
    """The processes that a process started."""
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
