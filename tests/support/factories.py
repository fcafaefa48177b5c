"""Rows for tests: plain constructors, never services."""

from typing import Any

from crowd.models import Person

PASSWORD = "correct horse battery staple"


def make_person(name: str, *, role: str = "contributor", **fields: Any) -> Person:
    """Somebody of the cast, who signs in as NAME@flock.example with PASSWORD."""
    return Person.objects.create_user(
        f"{name}@flock.example", PASSWORD, name=name.title(), role=role, **fields
    )
