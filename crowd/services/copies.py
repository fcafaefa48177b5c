"""How often an exact copy of a text was refused. Nothing is kept of the copy: neither who sent it nor when."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from django.db import connection
from django.db.models import F

from crowd.models import Submission
from crowd.services.errors import ExactCopy


def count(copies: Mapping[UUID, int]) -> None:
    """Add so many copies to each of these submissions, by their public ids."""
    alike: defaultdict[int, list[UUID]] = defaultdict(list)
    for public_id, times in copies.items():
        alike[times].append(public_id)
    for times, public_ids in alike.items():
        Submission.objects.filter(public_id__in=public_ids).update(copies_refused=F("copies_refused") + times)


@contextmanager
def refused_are_counted() -> Iterator[None]:
    """Count an exact copy that is refused within the block, once nothing else of the refused is left.

    Blocks may stand in one another: inside a transaction it is left to the one around it, for what is written there goes.
    """
    try:
        yield
    except ExactCopy as refused:
        if not (refused.is_counted or connection.in_atomic_block):
            count(Counter([refused.other.public_id]))
            refused.is_counted = True
        raise
