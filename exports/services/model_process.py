"""A tuned model that stays loaded to answer: one `training serve` child, JSON lines both ways, every wait with an end."""

import json
import os
import select
import subprocess
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from exports.services.training_process import TrainingProcess

# Loading torch and a model, on a machine that is busy with other things.
START_SECONDS: Final = 120.0
# The longest silence before a piece of an answer; before the first one the model reads the question.
SILENCE_SECONDS: Final = 30.0
ANSWER_SECONDS: Final = 180.0
IDLE_SECONDS: Final = 300.0
BEAT_SECONDS: Final = 1.0
READ_BYTES: Final = 65_536


class NoAnswer(Exception):
    """The model will not answer this question; the message, for its asker, says why. It can be asked another."""


class ModelLost(Exception):
    """The model died or hangs; the message is for the asker. The process is of no more use."""


class ModelProcess:
    """One child. It begins to load at once; whoever holds it ends it."""

    def __init__(self, model: Path, *, log: Path) -> None:
        with log.open("ab") as said:
            self._process = TrainingProcess(
                ("serve", "--model", str(model)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                bufsize=0,
            )
        os.set_blocking(self._process.stdin.fileno(), False)
        self._unread = b""
        self._is_ready = False

    @property
    def is_alive(self) -> bool:
        return self._process.exit_code is None

    def ask(
        self, question_id: str, *, instruction: str, context: str, patience: float = 1
    ) -> Generator[str, None, str]:
        """The pieces of the answer as they come, an empty one for each second without; at the end, why it ended.

        `patience` is how many times longer than a person's every wait may be. Raises NoAnswer, ModelLost.
        """
        if not self._is_ready:
            yield from self._reply(time.monotonic() + START_SECONDS * patience)
            self._is_ready = True
        self._write({"id": question_id, "instruction": instruction, "context": context})
        over_at = time.monotonic() + ANSWER_SECONDS * patience
        while True:
            reply = yield from self._reply(min(time.monotonic() + SILENCE_SECONDS * patience, over_at))
            if "error" in reply:
                raise NoAnswer(str(reply["error"]))
            if reply.get("done"):
                return str(reply.get("stopped", ""))
            yield str(reply.get("token", ""))

    def end(self) -> None:
        self._process.end()

    def _write(self, message: dict[str, str]) -> None:
        left = json.dumps(message).encode() + b"\n"
        until = time.monotonic() + SILENCE_SECONDS
        descriptor = self._process.stdin.fileno()
        while left:
            if not select.select([], [descriptor], [], BEAT_SECONDS)[1]:
                _refuse_after(until)
                continue
            try:
                left = left[os.write(descriptor, left) :]
            except BrokenPipeError as error:
                raise ModelLost(_died()) from error

    def _reply(self, until: float) -> Generator[str, None, dict[str, Any]]:
        """The next line, with a beat for each second that it does not come. Raises ModelLost."""
        descriptor = self._process.stdout.fileno()
        while b"\n" not in self._unread:
            if not select.select([descriptor], [], [], BEAT_SECONDS)[0]:
                _refuse_after(until)
                yield ""
            elif read := os.read(descriptor, READ_BYTES):
                self._unread += read
            else:
                raise ModelLost(_died())
        line, _newline, self._unread = self._unread.partition(b"\n")
        try:
            reply = json.loads(line)
        except ValueError as error:
            raise ModelLost(_died()) from error
        return reply if isinstance(reply, dict) else {}


class KeptModel:
    """The one model that a worker's process keeps loaded between questions."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._process: ModelProcess | None = None
        self._goodbye: threading.Timer | None = None

    @contextmanager
    def use(self, model: Path, *, log: Path) -> Iterator[ModelProcess]:
        """This model, loaded or loading. It stays for the next question, unless more than NoAnswer goes wrong."""
        with self._lock:
            if self._goodbye:
                self._goodbye.cancel()
            try:
                yield self._loaded(model, log=log)
            except NoAnswer:
                raise
            except BaseException:
                self._end()
                raise
            finally:
                self._goodbye = threading.Timer(IDLE_SECONDS, self.let_go)
                self._goodbye.daemon = True
                self._goodbye.start()

    def let_go(self) -> None:
        """End the model, once nobody uses it."""
        with self._lock:
            self._end()

    def _loaded(self, model: Path, *, log: Path) -> ModelProcess:
        if self._process is None or self._path != model or not self._process.is_alive:
            self._end()
            self._process, self._path = ModelProcess(model, log=log), model
        return self._process

    def _end(self) -> None:
        if self._process:
            self._process.end()
        self._process = None


# What chat and answers alike take their model from, so that a worker's process never holds two.
KEPT_MODEL = KeptModel()


def _refuse_after(until: float) -> None:
    if time.monotonic() >= until:
        raise ModelLost(_("The model took too long and was stopped. Please ask again."))


def _died() -> str:
    return _("The model stopped unexpectedly. Please ask again; it will be loaded anew.")
