"""A keyed request is done once: a replay gets the first answer, another request under the same key is refused."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from crowd.models import IdempotencyKey, Person
from crowd.services import copies
from crowd.services.errors import KeyReused
from crowd.services.events import canonical_json

Answer = tuple[int, dict[str, Any]]

MAX_KEY_CHARS = 200


def once(
    person: Person, key: str, *, request: dict[str, Any], now: datetime, answer: Callable[[], Answer]
) -> Answer:
    """The answer to this request, computed at most once per person and key.

    The key's row is written first, in the transaction of the answer: a second request with the key waits for the
    first to commit and then replays it; an answer that raises leaves no key behind. Raises KeyReused.
    """
    digest = hashlib.sha256(canonical_json(request).encode("utf-8", "surrogatepass")).hexdigest()
    kept = _kept(person, key, digest)
    if kept is not None:
        return kept
    try:
        with copies.refused_are_counted(), transaction.atomic():
            row = _reserve(person, key, digest, now)
            row.status, row.answer = answer()
            row.save(update_fields=["status", "answer"])
    except _AlreadyReserved:
        kept = _kept(person, key, digest)
        if kept is None:  # the other request failed after all, so this one is the first
            return once(person, key, request=request, now=now, answer=answer)
        return kept
    return row.status, row.answer


class _AlreadyReserved(Exception):
    """Another request with this key was faster."""


def _reserve(person: Person, key: str, digest: str, now: datetime) -> IdempotencyKey:
    try:
        return IdempotencyKey.objects.create(
            person=person, key=key, request_sha256=digest, status=0, answer={}, created_at=now
        )
    except IntegrityError:
        raise _AlreadyReserved from None


def _kept(person: Person, key: str, digest: str) -> Answer | None:
    row = IdempotencyKey.objects.filter(person=person, key=key).first()
    if row is None:
        return None
    if row.request_sha256 != digest:
        raise KeyReused
    return row.status, row.answer
