"""A release whose derived folders have something of everything, and what is looked for in them."""

from pathlib import Path
from uuid import UUID

from crowd.models import Person, Submission
from exports.domain.derived import Plan
from exports.domain.formats import FORMATS
from exports.domain.splits import parse_splits
from exports.models import Release
from tests.support.factories import make_passage, make_source, make_submission
from tests.support.releases import make_approved, make_release

BIRDS = ("swift", "owl", "duck", "crow", "dove", "hen", "wren", "kite", "rook", "teal", "gull", "ibis")
EVERYTHING = Plan(tuple(FORMATS), parse_splits("train=0.5,test=0.5"), per_category=True)


def make_varied_release(author: Person, reviewer: Person) -> Release:
    """Pairs of two categories; three are about one passage, and two ask nearly the same."""
    passage = make_passage()
    for bird in BIRDS:
        make_approved(
            author, reviewer, instruction=f"Where does the {bird} sleep?", response=f"{bird} nest " * 9
        )
    for number in range(3):
        make_approved(
            author,
            reviewer,
            category="closed_qa",
            passage=passage,
            instruction=f"{BIRDS[number]}: what does the page say of number {number}?",
            response=f"It says {number} times {BIRDS[number]}.",
        )
    make_submission(source=make_source(), state="approved")
    for number, submission in enumerate(Submission.objects.order_by("pk")):  # ids decide the splits
        Submission.objects.filter(pk=submission.pk).update(public_id=UUID(int=number, version=4))
    return make_release()


def lines_in(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)
