"""The job that does a run: start the trainer, watch over it, and say what came of it."""

import logging
import signal
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import DatabaseError, IntegrityError, close_old_connections
from django.utils.translation import gettext as _

from crowd.models import Job
from crowd.services import jobs, workers
from crowd.services.errors import Conflict
from exports.domain.run_workflow import Action, RunState
from exports.models import Run
from exports.services import contamination
from exports.services import run as runs
from exports.services.run_files import RunFolder, config
from exports.services.run_queue import LEASE, is_turn_of
from exports.services.training_process import TrainingProcess, alone
from training import progress

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS: Final = 1.0
BEAT_EVERY_SECONDS: Final = 3.0
GO_ON_AFTER_SECONDS: Final = 5.0
# A checkpoint of 12 bytes a parameter at 300 MB a second: eight minutes for 12 billion, nothing to speak of for a tiny one.
SAVE_SECONDS_A_PARAMETER: Final = 4e-8


def handle(lease: jobs.Lease) -> None:
    """Do a run, from the start or from where another worker left it."""
    run = Run.objects.select_related("release").filter(public_id=lease.job.key).first()
    if run is None or not _begin(run, lease):
        with lease.finishing(now=lease.clock()):
            return
    watch = _Watch(run, lease)
    try:
        code = watch.train()
    except OSError as error:
        _over(
            run,
            lease,
            Action.FAIL,
            message=_("The run's folder cannot be used: %(why)s.") % {"why": error.strerror},
        )
        return
    _conclude(run, lease, code, cancelled=watch.cancelled)


def on_quarantine(job: Job, now: datetime) -> None:
    """Every attempt was lost: say so on the run."""
    run = Run.objects.get(public_id=job.key)
    if run.is_final:
        return
    reason = _("The worker was lost %(count)s times while it trained.") % {"count": job.attempt}
    runs.move(run, Action.FAIL, now=now, reason=reason, message=reason, finished_at=now)


def _begin(run: Run, lease: jobs.Lease) -> bool:
    """Whether there is something to do; a run that was cancelled meanwhile has nothing left.

    Raises WaitLonger while it is another run's turn.
    """
    if run.is_final:
        return False
    now = lease.clock()
    try:
        if run.stop_requested_at:  # the worker that was asked to stop was lost
            runs.move(run, Action.CANCEL, now=now, finished_at=now)
            return False
        if run.state == RunState.RUNNING:
            runs.move(run, Action.TAKE_OVER, now=now)
            return True
        if not is_turn_of(run):
            raise jobs.WaitLonger(GO_ON_AFTER_SECONDS)
        runs.move(run, Action.START, now=now, started_at=run.started_at or now)
    except IntegrityError as error:  # another worker's run started in this moment
        raise jobs.WaitLonger(GO_ON_AFTER_SECONDS) from error
    except Conflict:
        return False
    return True


class _Watch:
    """Over one run's processes: holds the lease, reports progress, and passes on a wish to stop."""

    def __init__(self, run: Run, lease: jobs.Lease) -> None:
        self._run, self._lease = run, lease
        self._folder = RunFolder(run)
        self._heard_at = time.monotonic()
        self._beat_at = 0.0
        self.cancelled = False

    def train(self) -> int:
        """The exit code of the trainer, or of the search before it where that came to nothing. Raises LostLease, OSError."""
        asked = config(self._run)
        self._folder.prepare(asked)
        if asked.duplicates and not self._folder.duplicates.exists():
            paths = (asked.data, str(self._folder.duplicates))
            if code := self._wait_for(paths, program=contamination.PROGRAM):
                return code
        # `--resume` starts from the beginning where there is no checkpoint, so that one command serves every attempt.
        code = self._wait_for(("finetune", "--config", str(self._folder.config), "--resume"))
        self._beat()  # how far it came since the last one
        return code

    def _wait_for(self, arguments: Sequence[str], *, program: Sequence[str] = ()) -> int:
        with alone(arguments, log=self._folder.log, program=program) as process:
            while (code := process.wait(LOOK_EVERY_SECONDS)) is None:
                self._look(process)
        return code

    def _look(self, process: TrainingProcess) -> None:
        try:
            if self._beat_at + BEAT_EVERY_SECONDS <= time.monotonic():
                self._beat()
            self.cancelled = self.cancelled or self._is_unwanted()
            self._heard_at = time.monotonic()
        except DatabaseError:
            # Hours of work are not given up for a database that is away for a moment.
            if time.monotonic() - self._heard_at > LEASE.total_seconds():
                raise
            close_old_connections()
        if self.cancelled or workers.is_leaving():
            process.stop(extra_seconds=self._folder.parameters() * SAVE_SECONDS_A_PARAMETER)

    def _beat(self) -> None:
        status = self._folder.status()
        self._lease.renew(done=_count(status.get("step")), total=_count(status.get("steps")))
        self._beat_at = time.monotonic()

    def _is_unwanted(self) -> bool:
        wanted = Run.objects.filter(pk=self._run.pk, state=RunState.RUNNING, stop_requested_at=None)
        return not wanted.exists()


def _conclude(run: Run, lease: jobs.Lease, code: int, *, cancelled: bool) -> None:
    folder = RunFolder(run)
    if code == progress.EXIT_DONE:
        if missing := folder.missing():
            message = _("The trainer finished, but its model lacks %(names)s.") % {
                "names": ", ".join(missing)
            }
            _over(run, lease, Action.FAIL, message=message, exit_code=code)
        else:
            _over(run, lease, Action.SUCCEED, exit_code=code, figures=_figures(folder))
    elif cancelled:
        _over(run, lease, Action.CANCEL, exit_code=code)
    elif code == progress.EXIT_STOPPED or workers.is_leaving():
        runs.move(run, Action.PAUSE, now=lease.clock())
        raise jobs.WaitLonger(GO_ON_AFTER_SECONDS)
    else:
        _over(run, lease, Action.FAIL, message=_why(folder, code), exit_code=code)


def _over(run: Run, lease: jobs.Lease, action: Action, **changes: Any) -> None:
    """The run's end and its job's, or neither."""
    now = lease.clock()
    run.refresh_from_db(fields=["state"])
    with lease.finishing(now=now):
        if not run.is_final:  # somebody cancelled it while its job waited
            runs.move(run, action, now=now, reason=changes.get("message", ""), finished_at=now, **changes)


def _why(folder: RunFolder, code: int) -> str:
    """The trainer's own reason, else what can be told from how it ended."""
    status = folder.status()
    if status.get("state") == progress.FAILED and status.get("message"):
        return str(status["message"])
    if code == -signal.SIGKILL:
        return _("The trainer was killed from outside; most often the machine ran out of memory.")
    if code < 0:
        return _("The trainer was ended by %(signal)s.") % {"signal": signal.Signals(-code).name}
    last = folder.log_tail(1)
    return last or _("The trainer ended with exit status %(code)s and said nothing.") % {"code": code}


def _figures(folder: RunFolder) -> dict[str, Any]:
    """What a finished run came to, from its metrics."""
    events = list(folder.events())
    steps = [event for event in events if event.get("event") == "step"]
    done: dict[str, Any] = next((event for event in reversed(events) if event.get("event") == "done"), {})
    return {
        "loss": done.get("loss"),
        "steps": len(steps),
        "tokens": sum(_count(step.get("tokens")) for step in steps),
        "seconds": done.get("seconds"),
    }


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
