"""The commands `evaluate` and `compare`: all that can be told of a model or two by a file of records, as JSON."""

import json
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

from training import answers, documents, harness, progress
from training import model as models
from training.config import ConfigError
from training.data import Data, read
from training.evaluate import compare, evaluate


def run(args: Namespace) -> int:
    """The command `evaluate`."""
    models.use_threads(args.threads)
    data = _data(args.data)
    if args.held_out:
        data = held_out(args.model, data)
    found = _report(args.model, data, answers_each=args.answers)
    if args.tasks:
        found["lm_eval"] = harness.report(args.model, args.tasks, task_folder=args.task_folder)
    return _print(found)


def run_compare(args: Namespace) -> int:
    """The command `compare`."""
    models.use_threads(args.threads)
    data = _data(args.data)
    a, b = (_report(folder, data, answers_each=args.answers) for folder in args.model)
    return _print(compare(a, b))


def held_out(run: Path, data: Data) -> Data:
    """The records of its data that a run's folder says it held out. Raises ConfigError for other data, or none."""
    try:
        told = documents.read_object(run / progress.RUN_FILE)
        lines, sha256 = frozenset(told["held_out"]), told["data_sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError("model", f"{run}: is no run's folder that tells what it held out.") from error
    if data.sha256 != sha256:
        raise ConfigError("data", f"data: is not what the run in {run} learned from.")
    if not lines:
        raise ConfigError("model", f"{run}: this run held nothing out.")
    return replace(data, records=[record for record in data.records if record.line in lines])


def _report(folder: Path, data: Data, *, answers_each: int) -> dict[str, Any]:
    """How well a model predicts, and how well it answers if it is to."""
    found = evaluate(folder, data)
    if answers_each:
        print(f"{folder} answers up to {answers_each} questions of each category …", file=sys.stderr)
        found["answers"] = answers.report(folder, data.records, per_category=answers_each)
    return found


def _data(path: Path) -> Data:
    try:
        return read(path)
    except OSError as error:
        raise ConfigError("data", f"{path}: cannot be read ({error.strerror}).") from error


def _print(found: dict[str, Any]) -> int:
    print(json.dumps(found, ensure_ascii=False, indent=2))
    return progress.EXIT_DONE
