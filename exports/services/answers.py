"""Let a run's model, or its base, answer records' questions, one row each: for its card, and for judging it blindly.

An answer is written once. Whoever takes the work up after a lost worker goes on with the questions that have none.
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from crowd.services import jobs, rows, workers
from exports.domain.run_workflow import QuestionState
from exports.models import Answer, Question, ReleaseRecord, Run, Speaker
from exports.services import model_process
from exports.services.model_process import NoAnswer
from exports.services.run_files import RunFolder

QUEUE: Final = "chat"
LEASE: Final = timedelta(seconds=30)
MAX_ATTEMPTS: Final = 3
RENEW_EVERY_SECONDS: Final = 3.0
LOG_FILE: Final = "answers.txt"
# Nobody sits and waits for these, and a busy machine is no broken one.
PATIENCE: Final = 10
REFUSED: Final = (
    "refused"  # beside `training`'s words for why an answer ended: the question does not fit the model
)


class NoModel(Exception):
    """There is no model to ask; the message says which."""


def write(
    run: Run,
    speaker: Speaker,
    records: Sequence[ReleaseRecord],
    lease: jobs.Lease,
    *,
    is_wanted: Callable[[], bool] = lambda: True,
) -> None:
    """Answer those of the records' questions that have no answer yet.

    Raises NoModel, ModelLost, LostLease; WaitLonger where the worker leaves, and StepAside after an answer if somebody
    waits in the chat.
    """
    folder = folder_of(run, speaker)
    answered = set(Answer.objects.of(run, speaker).values_list("record", flat=True))
    missing = [record for record in records if record.pk not in answered]
    for record in missing:
        if not is_wanted():
            return
        _write_one(run, speaker, record, folder, lease)
        if record is not missing[-1] and Question.objects.filter(state=QuestionState.WAITING).exists():
            raise jobs.StepAside


def folder_of(run: Run, speaker: Speaker) -> Path:
    """Where the model's files are. Raises NoModel."""
    is_base = speaker == Speaker.BASE
    folder = Path(settings.BASES_DIR) / run.base if is_base else RunFolder(run).model
    if not folder.is_dir():
        name = run.base if is_base else run.name
        raise NoModel(_("The folder of %(name)s is not in the data folder.") % {"name": name})
    return folder


def _write_one(run: Run, speaker: Speaker, record: ReleaseRecord, folder: Path, lease: jobs.Lease) -> None:
    try:
        text, stopped = _ask(record, folder, lease, log=RunFolder(run).path / LOG_FILE)
    except NoAnswer:
        text, stopped = "", REFUSED  # too long for the model's window
    lease.renew()
    rows.insert_if_new(
        Answer(run=run, speaker=speaker, record=record, text=text, stopped=stopped, created_at=lease.clock())
    )


def _ask(record: ReleaseRecord, folder: Path, lease: jobs.Lease, *, log: Path) -> tuple[str, str]:
    """The whole answer, and why it ended."""
    version = record.version
    with model_process.KEPT_MODEL.use(folder, log=log) as model:
        pieces = model.ask(
            str(record.pk), instruction=version.instruction, context=version.context, patience=PATIENCE
        )
        answer, renewed_at = "", time.monotonic()
        while True:
            try:
                answer += next(pieces)
            except StopIteration as end:
                # A model that does not find its end writes empty lines up to its limit.
                return answer.rstrip(), str(end.value)
            if workers.is_leaving():
                raise jobs.WaitLonger(1)
            if renewed_at + RENEW_EVERY_SECONDS <= time.monotonic():
                lease.renew()
                renewed_at = time.monotonic()
