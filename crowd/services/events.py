"""Write the append-only history. Every change of state records its event in the same transaction."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crowd.models import Event, Person
from crowd.services import rows

PERSON, IMPORT, SYSTEM = "person", "import", "system"


def canonical_json(data: Mapping[str, Any]) -> str:
    """One spelling for equal data, so that the bytes can be hashed."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def build(
    kind: str,
    subject_id: object,
    action: str,
    *,
    now: datetime,
    actor: Person | None = None,
    actor_kind: str | None = None,
    from_state: str = "",
    to_state: str = "",
    version: int | None = None,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> Event:
    """An event that is not stored yet, for writers that store many at once."""
    return Event(
        at=now,
        actor=actor,
        actor_kind=actor_kind or (PERSON if actor else SYSTEM),
        subject_kind=kind,
        subject_id=str(subject_id),
        action=action,
        from_state=from_state,
        to_state=to_state,
        version=version,
        reason=reason,
        data=canonical_json(data or {}),
    )


def record(kind: str, subject_id: object, action: str, **facts: Any) -> Event:
    """Store one event; the arguments are `build`'s."""
    event = build(kind, subject_id, action, **facts)
    rows.insert(event)
    return event
