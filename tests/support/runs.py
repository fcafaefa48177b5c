"""Runs for tests: folders of their own, a release with files, and a trainer that does as it is told."""

import dataclasses
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crowd.models import Job
from crowd.services import jobs
from exports.domain import manifest
from exports.domain.manifest import Manifest
from exports.models import Release, Run
from exports.services import finetune, model_process, run, training_process
from tests.support.factories import NOW
from training.recipes import RECIPES

FAKE_TRAINER = Path(__file__).with_name("fake_trainer.py")


def make_release(
    version: str = "1.0.0", *, folder: Path | None = None, data: bytes = b"{}\n", **fields
) -> Release:
    """A release, with the files that a run needs where there is a folder for them."""
    if folder:
        (folder / version / "data").mkdir(parents=True)
        (folder / version / manifest.DATA).write_bytes(data)
        content = _manifest(version, data).dump()
        (folder / version / manifest.NAME).write_bytes(content)
        fields["manifest_sha256"] = hashlib.sha256(content).hexdigest()
    return Release.objects.create(
        version=version, **{"state": "ready", "profile": "commercial", "created_at": NOW, **fields}
    )


def _manifest(version: str, data: bytes) -> Manifest:
    """What a release says of this data, and of other files as if they were empty."""
    contents = {**dict.fromkeys(manifest.FILES, b""), manifest.DATA: data}
    files = tuple(
        manifest.File(path, hashlib.sha256(content).hexdigest(), len(content))
        for path, content in sorted(contents.items())
    )
    return Manifest(
        version, None, "commercial", "CC-BY-SA-4.0", manifest.timestamp(NOW), "flock", counts={}, files=files
    )


def make_run(release: Release, person, *, state: str = "queued", **fields) -> Run:
    """A run without a job or a folder."""
    defaults = {
        "data_sha256": "0" * 64,
        "recipe": "smoke",
        "seed": 42,
        "code_version": "0.1.0",
        "created_at": NOW,
        "queued_at": fields.get("created_at", NOW),
        "finished_at": NOW if state in {"succeeded", "failed", "cancelled"} else None,
    }
    return Run.objects.create(release=release, created_by=person, state=state, **{**defaults, **fields})


def make_base(
    folder: Path, name: str = "pythia-70m@a39f36b", *, licence: str | None = "apache-2.0", **sizes
) -> Path:
    """A pretrained model's folder as the site looks at it: of the recipe's sizes, without the weights themselves."""
    path = folder / name
    path.mkdir(parents=True)
    shape = dataclasses.asdict(RECIPES["pythia-70m"].shape)
    config = {**shape, "model_type": shape.pop("architecture"), **sizes}
    (path / "config.json").write_text(json.dumps(config))
    (path / "tokenizer.json").write_text("{}")
    (path / "model.safetensors").write_bytes(b"")
    if licence is not None:
        (path / "README.md").write_text(f"---\nlanguage: en\nlicense: {licence}\n---\n# A model\n")
    return path


@pytest.fixture
def folders(settings, tmp_path) -> Path:
    """A data folder of this test's own."""
    for name in ("releases", "runs", "bases"):
        setattr(settings, f"{name.upper()}_DIR", tmp_path / name)
    return tmp_path


@pytest.fixture
def release(db, folders) -> Release:
    return make_release(folder=folders / "releases")


@pytest.fixture
def trainer(settings, monkeypatch) -> Callable[[str], None]:
    """Chooses what the trainer does; it is watched closely, and waits for what never comes are short."""
    monkeypatch.setattr(finetune, "LOOK_EVERY_SECONDS", 0.02)
    monkeypatch.setattr(finetune, "BEAT_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(model_process, "BEAT_SECONDS", 0.05)

    def does(mode: str) -> None:
        # One that ends when it is asked to has the time that a busy machine takes for that.
        monkeypatch.setattr(training_process, "STOP_GRACE_SECONDS", 60.0 if mode == "stop" else 0.2)
        settings.TRAINING_COMMAND = (sys.executable, "-I", "-S", str(FAKE_TRAINER), mode)

    does("succeed")
    return does


@pytest.fixture
def asked(release, adam, trainer) -> Run:
    """A run that adam asked for; it waits for a worker."""
    return run.start(release, recipe="smoke", overrides={}, person=adam, now=NOW)


def claim(kind: str, key: object) -> jobs.Lease:
    """Hold the job of this kind and key, as a worker would."""
    job = Job.objects.get(kind=kind, key=str(key))
    lease = jobs.claim(job.pk, job.attempt, owner="a test", clock=lambda: NOW)
    assert lease is not None
    return lease
