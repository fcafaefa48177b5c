"""The tasks of EleutherAI's lm-evaluation-harness, where it is installed: a model beside others' published figures."""

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import geometric_mean
from typing import Any

from transformers import AutoTokenizer

from training import bases
from training import model as models
from training.config import ConfigError

# A task's accuracy: by the likeliest answer for its length where the task has that, else by the likeliest answer.
ACCURACIES = ("acc_norm,none", "acc,none")


def find(tasks: Sequence[str], *, task_folder: Path | None) -> Any:
    """The harness's manager of these tasks. `task_folder` holds tasks of one's own.

    Raises ConfigError where the harness or a task is not there.
    """
    manager = _library("lm_eval.tasks").TaskManager(include_path=task_folder and str(task_folder))
    if unknown := [task for task in tasks if task not in manager.all_tasks]:
        raise ConfigError("tasks", f"--tasks: lm-eval has no {unknown[0]!r}.")
    return manager


def report(folder: Path, tasks: Sequence[str], *, manager: Any) -> dict[str, Any]:
    """Each task's figures as the harness names them, and the geometric mean of the accuracies.

    Data comes from the folder of one's own or from the hub's cache, never over the network. Raises ConfigError where
    it is not there.
    """
    harness, adapter = (_library(name) for name in ("lm_eval", "lm_eval.models.huggingface"))
    source = bases.model_folder(folder)
    model = models.load_to_ask(source, attention_name="sdpa")
    reader = AutoTokenizer.from_pretrained(source, local_files_only=True, trust_remote_code=False)
    asked = adapter.HFLM(pretrained=model, tokenizer=reader, batch_size=1, device=str(model.device))
    try:
        found = harness.simple_evaluate(
            model=asked,
            tasks=list(tasks),
            task_manager=manager,
            bootstrap_iters=0,  # Its bootstrap fails on small sets.
        )
    except OSError as error:
        raise ConfigError("tasks", f"--tasks: their data cannot be had ({error}).") from error
    return {"tasks": found["results"], "geometric_mean": mean_accuracy(found["results"])}


def mean_accuracy(results: Mapping[str, Mapping[str, Any]]) -> float | None:
    """The geometric mean over tasks that have an accuracy; nothing where none has, or where one is nought."""
    found = [
        next((float(figures[name]) for name in ACCURACIES if name in figures), None)
        for figures in results.values()
    ]
    accuracies = [accuracy for accuracy in found if accuracy is not None]
    return geometric_mean(accuracies) if accuracies and all(accuracies) else None


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ConfigError(
            "tasks", "--tasks needs lm-eval: pip install -r requirements-evaluation.txt -c constraints.txt"
        ) from error
