"""One fine-tune from its configuration to its model: how a run begins, goes on, stops and fails, and what it leaves."""

import shutil
import time
from argparse import Namespace
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

from tokenizers import Tokenizer

from training import (
    checkpoint,
    distributed,
    engine,
    failure,
    folder,
    loop,
    machine,
    plan,
    preparation,
    progress,
)
from training import model as models
from training.config import ConfigError, RunConfig
from training.data import BadRows, Data
from training.distributed import Ranks
from training.evaluate import measure
from training.pace import Pace
from training.stop import StoppedOnRequest, StopRequest


def run(args: Namespace) -> int:
    """The command."""
    return finetune(args.config, resume=args.resume)


def finetune(config: RunConfig, *, resume: bool) -> int:
    """Do what the configuration says; returns the exit status. Raises ConfigError for a run that cannot be begun."""
    preparation.check_inputs(config)
    machine.keep_freed_memory()
    out = Path(config.out)
    stop = StopRequest()
    with (
        distributed.joined() as ranks,
        folder.alone_in(out) if ranks.first else nullcontext(),
        stop.listening(),
    ):
        config, earlier = ranks.told(lambda: folder.agreed(config, out, resume=resume))
        told = progress.Progress(out) if ranks.first else progress.Unheard(out)
        try:
            data = preparation.read_data(config)
        except BadRows as error:
            if earlier:  # Its own rows were good, or it would not be here.
                raise folder.other_data(out) from error
            return _refuse(told, error)
        if ranks.told(lambda: earlier and folder.finished(out)):
            _drop_checkpoints(out)  # A run that was killed at its very end may have left some.
            told.say(f"{out} holds this run, finished. Nothing was changed.")
            return progress.EXIT_DONE
        if earlier:
            ranks.told(lambda: folder.check_base(config))
        return _outcome(_Run(config, data, told=told, stop=stop, ranks=ranks))


def _outcome(run: "_Run") -> int:
    """Let it go; however it ends, the status tells. Returns the exit status."""
    try:
        run.go()
    except StoppedOnRequest as request:
        run.told.status(state=progress.STOPPED, message=str(request))
        run.told.say(str(request))
        return progress.EXIT_STOPPED
    except BadRows as error:
        return _refuse(run.told, error)
    except BaseException as error:
        if reason := failure.reason_of(error):
            return _fail(run.told, reason)
        run.told.fail(str(error) if isinstance(error, ConfigError) else f"An error of the program: {error!r}")
        raise
    return progress.EXIT_DONE


class _Run:
    """One process's share of a run. The plan comes first, then the weights."""

    def __init__(
        self, config: RunConfig, data: Data, *, told: progress.Progress, stop: StopRequest, ranks: Ranks
    ) -> None:
        self.out = Path(config.out)
        self.config, self.data, self.told, self.stop, self.ranks = config, data, told, stop, ranks
        self.checkpoints = self.out / progress.CHECKPOINTS_FOLDER

    def go(self) -> None:
        """Plan, train, leave the model."""
        began = time.monotonic()
        self._tell_of_preparing()
        self._stop_early()
        models.use_threads(int(self.config.settings["threads"]))
        found = self.ranks.told(lambda: checkpoint.latest_whole(self.checkpoints, say=self.told.say))
        # An adapter's checkpoint is no model: it goes beside the weights that the run began with.
        adapts = bool(self.config.settings["lora_rank"])
        self.prepared = preparation.prepare(self.config, self.data, checkpoint=None if adapts else found)
        self._stop_early()
        self.plan = self._checked_plan()
        place = checkpoint.place_of(found) if found else checkpoint.Place(step=0, metrics_bytes=0)
        self._begin(place)
        self.engine = engine.start(self.prepared, ranks=self.ranks, checkpoint=found)
        if found:
            checkpoint.restore(found, self.engine)
        self._stop_early()
        if place.evaluation_due:
            self._evaluate(place.step)
        self._train(place.step)
        self._finish(seconds=time.monotonic() - began)

    @property
    def tokenizer(self) -> Tokenizer:
        return self.prepared.tokenizer

    def _checked_plan(self) -> plan.Plan:
        found = self.ranks.told(lambda: plan.plan(self.prepared, out=self.out))
        self.told.say(plan.describe(found, self.prepared))
        if not found.fits:
            raise plan.DoesNotFit(plan.refusal(found))
        return found

    def _tell_of_preparing(self) -> None:
        """A run that goes on is as far as its last checkpoint meanwhile."""
        last = checkpoint.latest(self.checkpoints)
        self.told.status(
            step=checkpoint.step_of(last) if last else 0,
            steps=folder.status(self.out).get("steps"),
            message="Reading the data and making the plan.",
        )

    def _must_stop(self) -> bool:
        """Whether any process was asked to, or left alone."""
        return self.ranks.any(self.stop.came or self.ranks.abandoned)

    def _stop_early(self) -> None:
        """Stop here if asked to, before there is anything to keep."""
        if self._must_stop():
            kept = checkpoint.latest(self.checkpoints)
            raise StoppedOnRequest(
                "Stopped before a new step; resumed, it goes on from the last checkpoint."
                if kept
                else "Stopped before the first step; resumed, it starts from the beginning."
            )

    def _begin(self, place: checkpoint.Place) -> None:
        """From here on the folder holds a run."""
        self.told.cut_metrics(place.metrics_bytes)
        self.ranks.told(lambda: folder.claim(self.config, self.prepared))
        if place.step:
            self.told.event("resumed", step=place.step)
        else:
            self.told.event("plan", **asdict(self.plan))
            self._warn_of_long_records()
        self.told.status(step=place.step, steps=self.plan.steps, message="Loading the model.")

    def _warn_of_long_records(self) -> None:
        if lines := self.prepared.too_long:
            self.told.event("warning", message=preparation.too_long(self.prepared), lines=lines)

    def _train(self, done: int) -> None:
        """Take the steps left, of which there is at least one: the last step makes no checkpoint."""
        prepared, steps = self.prepared, self.plan.steps
        checkpoint_steps = int(prepared.settings["checkpoint_steps"])
        evaluation_steps = int(prepared.settings["evaluation_steps"])
        schedule = loop.Schedule.of(prepared.settings, steps=steps)
        taken = loop.train(
            self.engine.learner,
            self.engine.update,
            prepared.training,
            schedule=schedule,
            settings=prepared.settings,
            done=done,
            ranks=self.ranks,
        )
        pace = Pace(steps - done)
        for step in taken:
            self.loss = step.loss
            self._tell(step, pace)
            if step.step == steps:
                break
            evaluation_due = step.step % evaluation_steps == 0
            if self._must_stop():
                self._checkpoint(step.step, evaluation_due=evaluation_due)
                self.told.event("stopped", step=step.step)
                raise StoppedOnRequest(
                    f"Stopped after step {step.step} of {steps}; resumed, it goes on from there."
                )
            if evaluation_due:
                self._evaluate(step.step)
            if step.step % checkpoint_steps == 0:
                self._checkpoint(step.step)

    def _tell(self, step: loop.Step, pace: Pace) -> None:
        figures = pace.after(step.tokens)
        self.told.event("step", **asdict(step), steps=self.plan.steps, **figures)
        self.told.status(step=step.step, loss=step.loss, message="Training.", **figures)
        if pace.due():
            self.told.say(
                f"Step {step.step} of {self.plan.steps}: loss {step.loss:.3f}, {figures['eta_seconds']} s to go."
            )

    def _evaluate(self, step: int) -> None:
        if not self.prepared.held_out:
            return
        found = measure(
            self.engine.learner, self.prepared.held_out, capacity=int(self.prepared.settings["max_length"])
        )
        self.engine.learner.train()
        self.told.event("evaluation", step=step, **found)

    def _checkpoint(self, step: int, *, evaluation_due: bool = False) -> None:
        """Keep where the run is. Who asks it to stop does not wait for an evaluation: the resumed run makes up for it."""
        place = checkpoint.Place(step, self.told.metrics_bytes(), evaluation_due)
        checkpoint.save(self.checkpoints, self.engine, tokenizer=self.tokenizer, place=place)
        self.told.event("checkpoint", step=step)

    def _finish(self, *, seconds: float) -> None:
        self._evaluate(self.plan.steps)
        self.told.status(message="Saving the model.")
        target = self.out / progress.MODEL_FOLDER
        weights = self.engine.weights()

        def write(empty: Path) -> None:
            if self.ranks.first:
                models.save(self.engine.model, empty, tokenizer=self.tokenizer, weights=weights)

        checkpoint.publish(target, write, ranks=self.ranks)
        self.told.event("done", step=self.plan.steps, loss=self.loss, seconds=round(seconds, 1))
        self.told.status(state=progress.SUCCEEDED, eta_seconds=0, message="Finished.")
        self.ranks.told(lambda: _drop_checkpoints(self.out))
        self.told.say(f"Finished in {seconds:.0f} s. The model is in {target}.")


def _drop_checkpoints(out: Path) -> None:
    shutil.rmtree(out / progress.CHECKPOINTS_FOLDER, ignore_errors=True)


def _refuse(told: progress.Progress, error: BadRows) -> int:
    told.say(error.in_full)
    told.fail(str(error))
    return progress.EXIT_REFUSED


def _fail(told: progress.Progress, reason: str) -> int:
    told.say(reason)
    told.fail(reason)
    return progress.EXIT_REFUSED
