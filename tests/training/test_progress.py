import json
from datetime import UTC, datetime

import pytest

from training import progress

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def told(tmp_path):
    return progress.Progress(tmp_path, clock=lambda: NOON)


class TestTheStatus:
    def test_has_every_key_from_the_start(self, told, tmp_path):
        told.status(message="Training.")
        assert json.loads((tmp_path / "status.json").read_text(encoding="utf-8")) == {
            "schema": 1,
            "state": "running",
            "step": 0,
            "steps": None,
            "loss": None,
            "tokens_per_second": None,
            "eta_seconds": None,
            "message": "Training.",
            "updated_at": "2026-05-01T12:00:00.000Z",
        }

    def test_is_written_in_place_when_the_disk_takes_no_new_file(self, told, tmp_path, monkeypatch):
        told.status(step=3)
        monkeypatch.setattr(progress.os, "replace", _full)
        told.fail("The disk is full.")
        status = json.loads((tmp_path / "status.json").read_text(encoding="utf-8"))
        assert (status["state"], status["step"], status["message"]) == ("failed", 3, "The disk is full.")


class TestTheMetrics:
    def test_are_flat_events_a_line(self, told, tmp_path):
        told.event("step", step=1, loss=2.5)
        assert [
            json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        ] == [{"event": "step", "at": "2026-05-01T12:00:00.000Z", "step": 1, "loss": 2.5}]

    def test_are_cut_back(self, told, tmp_path):
        told.event("step", step=1)
        kept = told.metrics_bytes()
        told.event("step", step=2)
        told.cut_metrics(kept)
        assert (tmp_path / "metrics.jsonl").read_text(encoding="utf-8").count("\n") == 1


def _full(*_):
    raise OSError(28, "No space left on device")
