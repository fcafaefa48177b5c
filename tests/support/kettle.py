"""A text about a kettle in the near-duplicate index, and what is found for one that is nearly the same."""

from crowd.domain import similarity
from crowd.services import duplicates
from tests.support.factories import make_submission

INSTRUCTION = "Why does a kettle hiss before it boils?"
TEXT = (
    "Because the water near the hot base turns to steam in bubbles, and each bubble collapses with a click when it "
    "rises into the cooler water above; thousands of clicks a second are the hiss that we hear from the kettle."
)
NEARLY = TEXT.replace("clicks a second", "clicks each second")


def known(author, **fields):
    """A version that stands in the index."""
    version = make_submission(
        author, **{"instruction": INSTRUCTION, "response": TEXT} | fields
    ).current_version
    duplicates.index([version])
    return version


def found_for(instruction=INSTRUCTION, response=NEARLY):
    record = similarity.Record(instruction, "", response)
    return sorted((other.pk, match.on, match.kind) for other, match in duplicates.find(record))


def answer_of(version):
    return [(version.pk, "instruction", "near"), (version.pk, "text", "near")]
