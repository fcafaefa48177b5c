"""The command line: `python -m training COMMAND`. A command's libraries load only once its arguments are right."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from training import documents, progress
from training.config import (
    SAMPLING,
    SCHEMA,
    SETTINGS,
    ConfigError,
    Number,
    RunConfig,
    Value,
    check_setting,
    parse_setting,
    read_number,
)
from training.data import BadRows, is_unicode
from training.recipes import RECIPES

# Models come from folders and never from the network.
ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}

# How many questions of each category an evaluation may ask.
ANSWERS = Number(int, 0, 100_000, "Questions of each category to be answered; 0 for none")

# How much of a path that is none is repeated to its giver.
SHOWN_CHARS = 80

# Each command's module, loaded by name, and its function.
COMMANDS = {
    "finetune": ("training.finetune", "run"),
    "plan": ("training.plan", "run"),
    "generate": ("training.generate", "run"),
    "evaluate": ("training.report", "run"),
    "compare": ("training.report", "run_compare"),
    "serve": ("training.serve", "run"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    parser = _parser()
    args = parser.parse_args(argv)
    try:
        _check(args)
        if args.command == "finetune":
            signal.signal(signal.SIGTERM, _stop_early)
        os.environ.update(ENVIRONMENT)
        module, function = COMMANDS[args.command]
        status: int = getattr(importlib.import_module(module), function)(args)
    except ConfigError as error:
        print(f"{parser.prog} {args.command}: {error}", file=sys.stderr)
        return progress.EXIT_USAGE
    except BadRows as error:
        print(error.in_full, file=sys.stderr)
        return progress.EXIT_REFUSED
    except KeyboardInterrupt:
        return progress.EXIT_STOPPED
    return status


def _stop_early(_number: int, _frame: object) -> None:
    """While libraries load there is nothing to keep; `finetune` then listens itself."""
    sys.exit(progress.EXIT_STOPPED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    finetune = commands.add_parser("finetune", help="fine-tune a model on a JSONL file")
    finetune.add_argument("--resume", action="store_true", help="go on with the run that --out holds")
    plan = commands.add_parser("plan", help="tell what a fine-tune will take, and whether it fits")
    for command in (finetune, plan):
        _add_run_options(command)
    generate = commands.add_parser("generate", help="ask a model one question")
    evaluate = commands.add_parser("evaluate", help="measure how well a model predicts a file's responses")
    compare = commands.add_parser("compare", help="evaluate two models on the same file")
    serve = commands.add_parser("serve", help="answer JSON lines on stdin and stdout")
    for command in (generate, evaluate, serve):
        command.add_argument("--model", required=True, metavar="DIR", help="a run's folder or its model/")
    compare.add_argument(
        "--model",
        action="append",
        required=True,
        metavar="DIR",
        help="give it twice: first A, then B",
    )
    for command in (evaluate, compare):
        command.add_argument("--data", required=True, metavar="FILE", help="JSONL in dolly-15k's format")
        command.add_argument("--answers", default="5", metavar="N", help=ANSWERS.description)
    evaluate.add_argument(
        "--held-out", action="store_true", help="only the records of --data that the run in --model held out"
    )
    evaluate.add_argument("--tasks", metavar="NAME,…", help="tasks of lm-eval, where it is installed")
    evaluate.add_argument("--task-folder", metavar="DIR", help="a folder with lm-eval tasks of one's own")
    for command in (generate, evaluate, compare, serve):
        command.add_argument("--threads", default="0", metavar="N", help=SETTINGS["threads"].description)
    generate.add_argument("--instruction", required=True, metavar="TEXT")
    generate.add_argument("--context", default="", metavar="TEXT")
    for key, setting in SAMPLING.items():
        generate.add_argument(f"--{key.replace('_', '-')}", metavar="N", help=setting.description)
    return parser


def _add_run_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", metavar="FILE", help="JSONL in dolly-15k's format")
    command.add_argument("--recipe", metavar="NAME", help=f"one of {', '.join(RECIPES)}")
    command.add_argument("--out", metavar="DIR", help="the run's folder")
    command.add_argument("--base", metavar="DIR", help="a pretrained model's folder")
    command.add_argument(
        "--duplicates",
        metavar="FILE",
        help="what `manage.py find_duplicates` wrote of the data: near-duplicates of held-out records are not learned from",
    )
    command.add_argument(
        "--set",
        action="extend",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help=f"override a setting: {', '.join(SETTINGS)}",
    )
    command.add_argument("--config", metavar="FILE", help="all of this from a config.json instead")


def _check(args: argparse.Namespace) -> None:
    """Put checked values in the place of options; raises ConfigError."""
    if args.command in {"finetune", "plan"}:
        args.config = _config(args)
        return
    args.threads = check_setting("threads", read_number(args.threads))
    if args.command == "compare":
        if len(args.model) != 2:
            raise ConfigError("model", "--model: give it twice, first A, then B.")
        args.model = [_path("model", text) for text in args.model]
    else:
        args.model = _path("model", args.model)
    if args.command in {"evaluate", "compare"}:
        args.data = _path("data", args.data)
        args.answers = ANSWERS.check("--answers", read_number(args.answers))
    if args.command == "evaluate":
        _check_tasks(args)
    if args.command == "generate":
        _check_question(args)


def _check_tasks(args: argparse.Namespace) -> None:
    if args.tasks is not None:
        args.tasks = args.tasks.split(",")
        if not all(args.tasks):
            raise ConfigError("tasks", "--tasks: names a task of no name.")
    if args.task_folder is not None:
        args.task_folder = _path("task-folder", args.task_folder)
        if not args.tasks:
            raise ConfigError("tasks", "--task-folder: is of use with --tasks alone.")
        if not args.task_folder.is_dir():
            raise ConfigError("tasks", f"--task-folder: {args.task_folder}: there is no such folder.")


def _check_question(args: argparse.Namespace) -> None:
    given = {key: getattr(args, key) for key in SAMPLING}
    args.sampling = {
        key: SAMPLING[key].check(key, read_number(raw)) for key, raw in given.items() if raw is not None
    }
    for key in ("instruction", "context"):
        if not is_unicode(getattr(args, key)):
            raise ConfigError(key, f"--{key}: is not UTF-8.")
    if not args.instruction.strip():
        raise ConfigError("instruction", "--instruction: must not be empty.")


def _config(args: argparse.Namespace) -> RunConfig:
    """The run's configuration, from a file or from options, never from both."""
    options = {
        key: getattr(args, key)
        for key in ("data", "recipe", "out", "base", "duplicates")
        if getattr(args, key) is not None
    }
    if args.config is None:
        overrides = _overrides(args.set)
        if args.command == "plan":
            options.setdefault("out", ".")
        return _on_disk(RunConfig.from_dict({"schema": SCHEMA, **options, "overrides": overrides}))
    if options or args.set:
        raise ConfigError("config", "--config says it all; leave the other options out.")
    path = _path("config", args.config)
    try:
        document = documents.read_object(path)
    except OSError as error:
        raise ConfigError("config", f"{path}: cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise ConfigError("config", f"{path}: is no configuration ({error}).") from error
    return _on_disk(RunConfig.from_dict(document))


def _on_disk(config: RunConfig) -> RunConfig:
    """The same, if its paths are such as a disk can have. Raises ConfigError."""
    for key in ("data", "out", "base", "duplicates"):
        if (path := getattr(config, key)) is not None:
            _path(key, path)
    return config


def _path(key: str, text: str) -> Path:
    """What an option names, whether it is there or not. Raises ConfigError for what nothing can be named."""
    if not text:
        raise ConfigError(key, f"--{key}: must not be empty.")
    if not is_unicode(text):  # A run writes its paths into JSON.
        raise ConfigError(key, f"--{key}: is not UTF-8.")
    try:
        Path(text).stat()
    except (FileNotFoundError, NotADirectoryError):
        pass  # Whoever needs it says so.
    except OSError as error:
        raise ConfigError(key, f"{key}: {text[:SHOWN_CHARS]}: cannot be used ({error.strerror}).") from error
    return Path(text)


def _overrides(texts: Sequence[str]) -> dict[str, Value]:
    """The settings of every `--set`. Raises ConfigError for one that is given twice."""
    found: dict[str, Value] = {}
    for key, value in map(parse_setting, texts):
        if key in found:
            raise ConfigError(key, f"--set {key}: is given twice.")
        found[key] = value
    return found


if __name__ == "__main__":
    sys.exit(main())
