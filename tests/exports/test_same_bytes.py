"""The same records give the same bytes: here they are built in plain Python, which knows nothing of any database."""

import json
import uuid

import pytest

from crowd.domain.records import line_sha256
from crowd.models import Submission
from exports.services.release_folder import place
from tests.support.factories import make_passage, make_source, make_submission
from tests.support.releases import make_release, provenance

pytestmark = pytest.mark.django_db

# Each in its own way what one database may order, escape, fold or trim otherwise than another.
TEXTS = [
    "a",
    "B",
    "\u00e4",
    "ss \u00df",
    "e\u0301",
    "\u00e9",
    " spaced ",
    "tab\there",
    "\u2028",
    "\U0001f426",
    'say "no"',
    "back\\slash",
    "\x7f",
    "'",
    "%s {} $1",
    "-- ;",
]


def plain_line(submission):
    version = submission.current_version
    fields = {
        "instruction": version.instruction,
        "context": version.context,
        "response": version.response,
        "category": version.category.key,
    }
    return (json.dumps(fields, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def test_on_any_database(db):
    source = make_source()
    for number, text in enumerate(TEXTS):
        passage = make_passage(text, revision_id=number) if number % 2 else None
        made = make_submission(
            source=source,
            state="approved",
            category="closed_qa" if passage else "open_qa",
            instruction=f"What of {text}?",
            response=text,
            passage=passage,
        )
        Submission.objects.filter(pk=made.pk).update(public_id=uuid.UUID(int=number))
    make_release()
    submissions = Submission.objects.select_related("current_version__passage", "current_version__category")
    expected = sorted(map(plain_line, submissions), key=line_sha256)
    assert (place("1.0.0") / "data/train.jsonl").read_bytes() == b"".join(expected)
    assert [told["sha256"] for told in provenance()] == list(map(line_sha256, expected))
    # Of this very file, whichever database wrote it.
    assert (
        line_sha256(b"".join(expected)) == "5565eec677ef7bb28eee3774ad89ab44a450548c90259ffc4d3d0b409fa0502d"
    )
