"""Models with records held out, their answers, and comparisons of them."""

import json
import struct
from collections.abc import Iterable

from exports.domain.judging import Choice
from exports.models import Answer, Comparison, Judgement, Pairing, Release, ReleaseRecord, Run, Speaker
from exports.services import judging
from exports.services.run_files import RunFolder
from tests.support.factories import NOW
from tests.support.releases import make_approved
from tests.support.releases import make_release as cut
from tests.support.runs import make_run

SEED = 7


def make_release(author, *, records: int = 8, version: str = "1.0.0") -> Release:
    """A release of so many pairs more, whose instructions the fake model repeats."""
    for number in range(records):
        make_approved(author, instruction=f"Question {version} {number}?")
    return cut(version)


def make_model(release: Release, person, *, held_out: Iterable[int] = (), **fields) -> Run:
    """A finished run with a model of one small tensor, which held out these lines."""
    figures = {"loss": 2.5, "steps": 40, "tokens": 12_345, "seconds": 61.0}
    run = make_run(release, person, state="succeeded", **{"figures": figures, **fields})
    folder = RunFolder(run)
    folder.model.mkdir(parents=True)
    (folder.path / "run.json").write_text(json.dumps({"held_out": list(held_out)}))
    (folder.model / "config.json").write_text('{"model_type": "gpt_neox"}')
    (folder.model / "tokenizer.json").write_text("{}")
    header = json.dumps({"weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    (folder.model / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    return run


def make_answer(run: Run, record: ReleaseRecord, text: str, *, speaker: str = Speaker.TUNED) -> Answer:
    return Answer.objects.create(
        run=run, record=record, speaker=speaker, text=text, stopped="end", created_at=NOW
    )


def make_comparison(run: Run, person, *, state: str = "open", **fields) -> Comparison:
    """The run's model against its base, or against another, on every record of its release."""
    comparison = Comparison.objects.create(
        run=run, state=state, seed=SEED, created_by=person, created_at=NOW, **fields
    )
    for record in run.release.records.order_by("position"):
        Pairing.objects.create(comparison=comparison, record=record)
        for (speaks, speaker), text in zip(comparison.speakers, ("Tuned says.", "Other says."), strict=True):
            Answer.objects.get_or_create(
                run=speaks,
                speaker=speaker,
                record=record,
                defaults={
                    "text": f"{text} {record.version.instruction}",
                    "stopped": "end",
                    "created_at": NOW,
                },
            )
    return comparison


def start(run: Run, person, against: Run | None = None, count: int = 20) -> Comparison:
    """Ask for a comparison as an admin does; its answers are still to be written."""
    return judging.start(run, against, count=count, person=person, seed=SEED, now=NOW)


def prefers(comparison: Comparison, person, speaker: str) -> Choice:
    """What the person has to choose next, so that this model is preferred."""
    return Choice.A if judging.next_for(comparison, person=person).a.speaker == speaker else Choice.B


def make_judgement(pairing: Pairing, person, verdict: str) -> Judgement:
    """Somebody found a win, a loss or a tie; the tuned model's answer stood first."""
    choice = {"win": Choice.A, "loss": Choice.B, "tie": Choice.TIE}[verdict]
    return Judgement.objects.create(
        pairing=pairing, person=person, tuned_is_first=True, choice=choice, created_at=NOW
    )
