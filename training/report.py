"""The commands `evaluate` and `compare`: all that can be told of a model or two by a file of records, as JSON."""

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from training import answers, bases, harness, known, progress
from training import model as models
from training import tokenizer as tokenizers
from training.config import ConfigError
from training.data import Data, read
from training.evaluate import compare, evaluate, too_long


def run(args: Namespace) -> int:
    """The command `evaluate`."""
    models.use_threads(args.threads)
    _check([args.model])
    manager = harness.find(args.tasks, task_folder=args.task_folder) if args.tasks else None
    data = _data(args.data)
    if args.held_out:
        data = known.held_out(args.model, data)
    found = _report(args.model, data, answers_each=args.answers)
    if manager:
        found["lm_eval"] = harness.report(args.model, args.tasks, manager=manager)
    return _print(found)


def run_compare(args: Namespace) -> int:
    """The command `compare`: of records that both models have room for, or they would be measured on different ones."""
    models.use_threads(args.threads)
    _check(args.model)
    data = _data(args.data)
    left_out = {line for folder in args.model for line in too_long(folder, data)}
    shared = replace(data, records=[record for record in data.records if record.line not in left_out])
    _say(f"{len(shared.records)} records are compared, {len(left_out)} are too long for one of the models.")
    a, b = (_report(folder, shared, answers_each=args.answers) for folder in args.model)
    return _print({"records": len(shared.records), "too_long": sorted(left_out), **compare(a, b)})


def _check(folders: Sequence[Path]) -> None:
    """Raises ConfigError for a model that cannot be loaded, before anything is measured."""
    for folder in folders:
        source = bases.model_folder(folder)
        tokenizers.load(source)
        models.check_weights(source)


def _report(folder: Path, data: Data, *, answers_each: int) -> dict[str, Any]:
    """How well a model predicts, and how well it answers if it is to; and how much of it is no news to the model."""
    learned = known.learned(folder, data)
    if learned:
        _say(
            f"Warning: the model in {folder} learned from {learned} of these {len(data.records)} records;"
            " the figures tell what it remembers of them."
        )
    found = {**evaluate(folder, data), "learned": learned}
    if answers_each:
        _say(f"{folder} answers up to {answers_each} questions of each category …")
        found["answers"] = answers.report(folder, data.records, per_category=answers_each)
    return found


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _data(path: Path) -> Data:
    try:
        return read(path)
    except OSError as error:
        raise ConfigError("data", f"{path}: cannot be read ({error.strerror}).") from error


def _print(found: dict[str, Any]) -> int:
    print(json.dumps(found, ensure_ascii=False, indent=2))
    return progress.EXIT_DONE
