"""Push a run's model to a Hugging Face hub: its safetensors with its card. Loaded by commands and jobs alone."""

import json
from pathlib import Path
from typing import Any

from exports.domain.manifest import CARD
from exports.models import Run
from exports.services import model_card
from exports.services.hub_content import Content, in_memory, on_disk
from exports.services.hub_push import Parcel
from exports.services.hub_repo import Kind, NotPushed
from exports.services.run import RUN_SUBJECT
from exports.services.run_files import RunFolder

# What made the model, and each file's SHA-256. By it a repository of models is known.
MANIFEST = "flock.json"
# Weights as safetensors, and texts beside them. Nothing that runs when it is loaded, such as a pickle or a program.
SENT = frozenset({".safetensors", ".json", ".txt", ".jinja"})


def tag_of(run: Run) -> str:
    return f"run-{str(run.public_id)[:8]}"


def contents_of(run: Run) -> dict[str, Content]:
    """What a push carries. Raises NotPushed for a run without a whole model, or with more than a model may hold."""
    folder = RunFolder(run)
    if not run.has_model:
        raise NotPushed("This run has no model.")
    if missing := folder.missing():
        raise NotPushed(f"Its model lacks {', '.join(missing)}.")
    paths = sorted(path for path in folder.model.rglob("*") if not path.is_dir())
    names = {path.relative_to(folder.model).as_posix(): path for path in paths}
    if strange := [name for name, path in names.items() if path.suffix not in SENT or path.is_symlink()]:
        raise NotPushed(f"{strange[0]} is no safetensors and no text; only those are sent.")
    # Its own card, if it has one, knows nothing of where the model is from.
    contents = {name: _read(name, path) for name, path in names.items() if name not in {CARD, MANIFEST}}
    contents[MANIFEST] = in_memory(_manifest(run, contents))
    contents[CARD] = in_memory(model_card.render(run).encode())
    return contents


def _read(name: str, path: Path) -> Content:
    try:
        return on_disk(path)
    except OSError as error:
        raise NotPushed(f"{name} of the model cannot be read ({error.strerror}).") from error


def parcel_of(run: Run) -> Parcel:
    """The model as it is pushed. Raises NotPushed."""
    return Parcel(
        kind=Kind.MODEL,
        noun="model",
        subject=(RUN_SUBJECT, str(run.public_id)),
        title=f"Model {model_card.name_of(run)} of run {run.public_id}",
        tag=tag_of(run),
        contents=contents_of(run),
        marker=MANIFEST,
        release=run.release.version,
        # The card shows records of the release, and a model gives away what it learned.
        is_published=run.release.is_published,
        apart=frozenset({CARD}),
        renews=True,
    )


def _manifest(run: Run, contents: dict[str, Content]) -> bytes:
    files = [
        {"path": path, "sha256": content.sha256, "bytes": content.size_bytes}
        for path, content in sorted(contents.items())
    ]
    told: dict[str, Any] = {**model_card.origin_of(run), "files": files}
    return json.dumps(told, ensure_ascii=False, indent=2).encode() + b"\n"
