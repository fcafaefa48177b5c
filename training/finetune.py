"""One fine-tune from its configuration to its model: how a run begins, goes on, stops and fails, and what it leaves."""

import errno
import shutil
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from safetensors import SafetensorError
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from training import attention, checkpoint, folder, loop, plan, progress
from training import model as models
from training.config import ConfigError, RunConfig
from training.data import BadRows, Data
from training.evaluate import measure

SAY_EVERY_SECONDS = 5.0


class StoppedOnRequest(Exception):
    """SIGTERM or SIGINT came. The message says from where the run would go on."""


class StopRequest:
    """Remembers a SIGTERM or SIGINT until the run is at a point where it can stop."""

    def __init__(self) -> None:
        self.came = False

    def check(self) -> None:
        """Stop here if asked to, before there is anything to keep."""
        if self.came:
            raise StoppedOnRequest("Stopped before the first step; --resume starts from the beginning.")

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals over for a while."""
        before = {number: signal.signal(number, self._remember) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _remember(self, _number: int, _frame: object) -> None:
        self.came = True


def run(args: Namespace) -> int:
    """The command."""
    return finetune(args.config, resume=args.resume)


def finetune(config: RunConfig, *, resume: bool) -> int:
    """Do what the configuration says; returns the exit status. Raises ConfigError for a run that cannot be begun."""
    plan.check_inputs(config)
    out = Path(config.out)
    stop = StopRequest()
    with folder.alone_in(out), stop.listening():
        config, earlier = folder.agreed(config, out, resume=resume)
        told = progress.Progress(out)
        try:
            data = plan.read_data(config)
        except BadRows as error:
            return _fail(told, str(error))
        if earlier and folder.finished(out):
            _say(f"{out} holds this run, finished. Nothing was changed.")
            return progress.EXIT_DONE
        return _outcome(_Run(config, data, told=told, stop=stop))


def _outcome(run: "_Run") -> int:
    """Let it go; however it ends, the status tells. Returns the exit status."""
    try:
        run.go()
    except StoppedOnRequest as reason:
        run.told.status(state=progress.STOPPED, message=str(reason))
        _say(str(reason))
        return progress.EXIT_STOPPED
    except (BadRows, loop.Diverged, plan.DoesNotFit, OSError, SafetensorError, MemoryError) as error:
        return _fail(run.told, _reason(error))
    except BaseException as error:
        run.told.fail(str(error) if isinstance(error, ConfigError) else f"An error of the program: {error!r}")
        raise
    return progress.EXIT_DONE


class _Run:
    """One process's share of a run. The plan comes first, then the weights."""

    def __init__(self, config: RunConfig, data: Data, *, told: progress.Progress, stop: StopRequest) -> None:
        self.out = Path(config.out)
        self.config, self.data, self.told, self.stop = config, data, told, stop
        self.checkpoints = self.out / progress.CHECKPOINTS_FOLDER

    def go(self) -> None:
        """Plan, train, leave the model."""
        began = time.monotonic()
        self.told.status(message="Reading the data and making the plan.")
        self.stop.check()
        models.use_threads(int(self.config.settings["threads"]))
        found = checkpoint.latest(self.checkpoints)
        self.prepared = plan.prepare(self.config, self.data, checkpoint=found)
        self.stop.check()
        self.plan = self._checked_plan()
        place = checkpoint.place_of(found) if found else checkpoint.Place(step=0, metrics_bytes=0)
        self._begin(place)
        self.model = self._model()
        self.optimizer = loop.new_optimizer(self.model)
        if found:
            checkpoint.restore(found, self.optimizer)
        self.stop.check()
        self._train(place.step)
        self._finish(seconds=time.monotonic() - began)

    @property
    def tokenizer(self) -> Tokenizer:
        return self.prepared.tokenizer

    def _checked_plan(self) -> plan.Plan:
        found = plan.plan(self.prepared, out=self.out)
        _say(plan.describe(found, self.prepared))
        if not found.fits:
            raise plan.DoesNotFit(plan.refusal(found))
        return found

    def _begin(self, place: checkpoint.Place) -> None:
        """From here on the folder holds a run."""
        self.told.cut_metrics(place.metrics_bytes)
        folder.claim(self.config, self.prepared)
        if place.step:
            self.told.event("resumed", step=place.step)
        else:
            self.told.event("plan", **asdict(self.plan))
            self._warn_of_long_records()
        self.told.status(step=place.step, steps=self.plan.steps, message="Loading the model.")

    def _warn_of_long_records(self) -> None:
        if lines := self.prepared.too_long:
            self.told.event("warning", message=plan.too_long(self.prepared), lines=lines)

    def _model(self) -> PreTrainedModel:
        if self.prepared.source is None:
            seed = int(self.prepared.settings["seed"])
            return models.fresh(self.prepared.shape, tokenizer=self.tokenizer, seed=seed)
        return models.load(self.prepared.source, tokenizer=self.tokenizer, attention_name=attention.NAME)

    def _train(self, done: int) -> None:
        """Take the steps left, of which there is at least one: the last step makes no checkpoint."""
        prepared, steps = self.prepared, self.plan.steps
        checkpoint_steps = int(prepared.settings["checkpoint_steps"])
        evaluation_steps = int(prepared.settings["evaluation_steps"])
        schedule = loop.Schedule.of(prepared.settings, steps=steps)
        taken = loop.train(
            self.model,
            self.optimizer,
            prepared.training,
            schedule=schedule,
            settings=prepared.settings,
            done=done,
        )
        pace = _Pace(steps - done)
        for step in taken:
            self.loss = step.loss
            self._tell(step, pace)
            if step.step == steps:
                break
            if self.stop.came:
                self._checkpoint(step.step)
                self.told.event("stopped", step=step.step)
                raise StoppedOnRequest(
                    f"Stopped after step {step.step} of {steps}; --resume goes on from there."
                )
            if step.step % evaluation_steps == 0:
                self._evaluate(step.step)
            if step.step % checkpoint_steps == 0:
                self._checkpoint(step.step)

    def _tell(self, step: loop.Step, pace: "_Pace") -> None:
        figures = pace.after(step.tokens)
        self.told.event("step", **asdict(step), steps=self.plan.steps, **figures)
        self.told.status(step=step.step, loss=step.loss, message="Training.", **figures)
        if pace.due():
            _say(
                f"Step {step.step} of {self.plan.steps}: loss {step.loss:.3f}, {figures['eta_seconds']} s to go."
            )

    def _evaluate(self, step: int) -> None:
        if not self.prepared.held_out:
            return
        found = measure(
            self.model, self.prepared.held_out, capacity=int(self.prepared.settings["max_length"])
        )
        self.model.train()
        self.told.event("evaluation", step=step, **found)

    def _checkpoint(self, step: int) -> None:
        place = checkpoint.Place(step, self.told.metrics_bytes())
        checkpoint.save(self.checkpoints, self.model, self.optimizer, tokenizer=self.tokenizer, place=place)
        self.told.event("checkpoint", step=step)

    def _finish(self, *, seconds: float) -> None:
        self._evaluate(self.plan.steps)
        self.told.status(message="Saving the model.")
        target = self.out / progress.MODEL_FOLDER
        checkpoint.publish(target, lambda empty: models.save(self.model, empty, tokenizer=self.tokenizer))
        self.told.event("done", step=self.plan.steps, loss=self.loss, seconds=round(seconds, 1))
        self.told.status(state=progress.SUCCEEDED, eta_seconds=0, message="Finished.")
        shutil.rmtree(self.checkpoints, ignore_errors=True)
        _say(f"Finished in {seconds:.0f} s. The model is in {target}.")


class _Pace:
    """How fast this process goes, and how long it will take."""

    def __init__(self, steps: int) -> None:
        self._steps, self._taken, self._tokens = steps, 0, 0
        self._began = self._said = time.monotonic()

    def after(self, tokens: int) -> dict[str, int]:
        """Count one more step."""
        self._taken, self._tokens = self._taken + 1, self._tokens + tokens
        seconds = max(time.monotonic() - self._began, 1e-9)
        eta = seconds / self._taken * (self._steps - self._taken)
        return {"tokens_per_second": round(self._tokens / seconds), "eta_seconds": round(eta)}

    def due(self) -> bool:
        """Whether it is time to say something again."""
        now = time.monotonic()
        if now - self._said < SAY_EVERY_SECONDS:
            return False
        self._said = now
        return True


def _reason(error: BaseException) -> str:
    full = getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error)
    if full:
        return "The disk is full. Free some space; --resume goes on from the last checkpoint."
    return str(error) or type(error).__name__


def _fail(told: progress.Progress, reason: str) -> int:
    _say(reason)
    told.fail(reason)
    return progress.EXIT_REFUSED


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
