"""A tuned model on stdin and stdout, a JSON object a line: how the site chats with it.

`{"id", "instruction", "context"?, "max_new_tokens"?, "temperature"?, "seed"?}` is answered by `{"id", "token"}` for
each piece of text and then `{"id", "done": true, "text", "stopped"}`; `{"cancel": id}` stops an answer. Whatever
cannot be answered gets `{"id", "error"}`. One question is answered at a time, in order. The end of stdin is the end.
"""

import json
import os
import sys
from argparse import Namespace
from collections import deque
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO, TextIO, TypeAlias

from training import documents, progress
from training import model as models
from training.config import SAMPLING
from training.data import is_unicode
from training.generate import Sampling, TooLong, Tuned
from training.model import NoNumbers

CANCELLED = "cancelled"
LINE_BYTES = 1_000_000

Id: TypeAlias = str | int


class BadRequest(ValueError):
    """A line that cannot be answered. `id` is the request's, where it could be read."""

    def __init__(self, message: str, *, request_id: Id | None = None) -> None:
        super().__init__(message)
        self.id = request_id


@dataclass(frozen=True, slots=True)
class Question:
    """One request."""

    id: Id
    instruction: str
    context: str
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class Cancel:
    """The wish to end a request."""

    id: Id


def run(args: Namespace) -> int:
    """The command. Whatever a library prints goes to stderr, so that stdout stays ours."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    models.use_threads(args.threads)
    tuned = Tuned(args.model)
    try:
        Server(tuned, requests=sys.stdin.buffer, replies=replies).run()
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), replies.fileno()
        )  # Nobody listens; end without a complaint.
    return progress.EXIT_DONE


class Server:
    """Reads in a thread of its own, so that a cancellation is heard while the model answers."""

    def __init__(self, tuned: Tuned, *, requests: BinaryIO, replies: TextIO) -> None:
        self._tuned, self._requests, self._replies = tuned, requests, replies
        self._lines: SimpleQueue[bytes] = SimpleQueue()  # b"" is the end
        self._waiting: deque[Question] = deque()
        self._cancelled: set[Id] = set()
        self._ended = False

    def run(self) -> None:
        """Answer until the end of the input, and what came before it."""
        Thread(target=self._read, daemon=True).start()
        self._say(ready=True, protocol=1)
        while True:
            self._hear(wait=not self._waiting and not self._ended)
            if self._waiting:
                self._answer(self._waiting.popleft())
            elif self._ended:
                return

    def _read(self) -> None:
        while line := self._requests.readline():
            self._lines.put(line)
        self._lines.put(b"")

    def _hear(self, *, wait: bool) -> None:
        """Take in every line that is there, and at least one if told to wait."""
        while wait or not self._lines.empty():
            wait = False
            line = self._lines.get()
            if not line:
                self._ended = True
                return
            try:
                self._take(parse(line))
            except BadRequest as error:
                self._say(id=error.id, error=str(error))

    def _take(self, request: Question | Cancel) -> None:
        if isinstance(request, Cancel):
            self._cancelled.add(request.id)
        else:
            self._cancelled.discard(request.id)
            self._waiting.append(request)

    def _answer(self, question: Question) -> None:
        try:
            self._tell(question)
        except (TooLong, NoNumbers) as error:
            self._say(id=question.id, error=str(error))

    def _tell(self, question: Question) -> None:
        answer = self._tuned.answer(
            question.instruction, context=question.context, sampling=question.sampling
        )
        text = ""
        pieces = iter(answer)
        while question.id not in self._cancelled and (piece := next(pieces, None)) is not None:
            text += piece
            self._say(id=question.id, token=piece)
            self._hear(wait=False)
        stopped = CANCELLED if question.id in self._cancelled else answer.stopped
        self._cancelled.discard(question.id)
        self._say(id=question.id, done=True, text=text, stopped=stopped)

    def _say(self, **reply: Any) -> None:
        # In ASCII: half a surrogate pair that somebody sent must not end the process that answers them.
        self._replies.write(json.dumps(reply) + "\n")
        self._replies.flush()


def parse(line: bytes) -> Question | Cancel:
    """Read one line. Raises BadRequest for anything that is not a request, key by key."""
    if len(line) > LINE_BYTES:
        raise BadRequest(f"A request has at most {LINE_BYTES} bytes.")
    try:
        request = documents.parse(line.decode("utf-8"))
    except ValueError as error:
        raise BadRequest("A request is one line of JSON in UTF-8.") from error
    if not isinstance(request, dict):
        raise BadRequest("A request is a JSON object.")
    if "cancel" in request:
        return Cancel(_id(request["cancel"], key="cancel"))
    request_id = _id(request.pop("id", None), key="id")
    try:
        return _question(request_id, request)
    except ValueError as error:
        raise BadRequest(str(error), request_id=request_id) from error


def _id(value: object, *, key: str) -> Id:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadRequest(f"{key}: must be a text or a whole number.")
    return value


def _question(request_id: Id, fields: dict[str, Any]) -> Question:
    if unknown := sorted(set(fields) - {"instruction", "context", *SAMPLING}):
        raise ValueError(f"{unknown[0]}: there is no such key.")
    texts = {key: fields.get(key, "") for key in ("instruction", "context")}
    for key, text in texts.items():
        if not isinstance(text, str) or not is_unicode(text):
            raise ValueError(f"{key}: must be a text.")
    if not texts["instruction"].strip():
        raise ValueError("instruction: must not be empty.")
    chosen = {key: setting.check(key, fields[key]) for key, setting in SAMPLING.items() if key in fields}
    return Question(request_id, **texts, sampling=Sampling(**chosen))  # type: ignore[arg-type]
