"""How long texts may be, and how short ones are worth a look."""

from collections.abc import Iterator

from crowd.domain import text
from crowd.domain.categories import CategoryRule
from crowd.domain.checks.model import TEXT_FIELDS, Check, Pair, Place, whole

# Shorter than this is worth a look, not wrong: "What is C?" has 10 characters, and 60 of dolly-15k's responses
# ("50", "Yes") have three or fewer.
SHORT_INSTRUCTION = 10
SHORT_RESPONSE = 4

# Where a category asks for more than a fact. At most one in fifty of dolly-15k's responses there is shorter; a haiku
# has 60 characters.
SHORT_BY_CATEGORY = {"creative_writing": 50, "brainstorming": 25, "summarization": 30}

# Said in place of an answer.
_NO_ANSWER = frozenset(
    [
        "n/a",
        "tbd",
        "todo",
        "idk",
        "asdf",
        "test",
        "see above",
        "same as above",
        "no answer",
        "no idea",
        "not sure",
        "i do not know",
        "i don't know",
        "i dont know",
        "lorem ipsum",
    ]
)


def _too_long(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    for field in TEXT_FIELDS:
        value, limit = pair.text_of(field), text.LIMITS[field]
        if len(value) > limit and (length := len(text.normalize_newlines(value))) > limit:
            message = f"Shorten this: it has {length:,} characters, and {limit:,} is the limit."
            yield Place(field, limit, len(value), message)


def _short(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    if 0 < len(text.visible(pair.instruction)) < SHORT_INSTRUCTION:
        yield whole(pair, "instruction", "This is very short: make sure that it says all that is needed.")
    response = text.visible(pair.response)
    if not response:
        return
    if len(response) < SHORT_RESPONSE:
        yield whole(pair, "response", "This is very short: make sure that it says all that is needed.")
    elif len(response) < SHORT_BY_CATEGORY.get(category.key, 0):
        yield whole(
            pair, "response", "This category asks for more than a few words: write a fuller response."
        )
    elif len(response) < 20 and response.lower().rstrip(" .!") in _NO_ANSWER:
        yield whole(
            pair, "response", "This says that there is no answer: give one, or choose another question."
        )


def _summary(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    length, passage = len(text.visible(pair.response)), len(text.visible(pair.context))
    if 0 < passage < length:
        message = (
            f"The summary has {length:,} characters and its passage {passage:,}: make it the shorter one."
        )
        yield whole(pair, "response", message)


def _summarizes(category: CategoryRule) -> bool:
    return category.key == "summarization"


CHECKS = (
    Check("length.long", 1, "error", "field", _too_long, at_door=True),
    Check("length.short", 2, "info", "pair", _short, at_door=True),
    Check("length.summary", 1, "info", "pair", _summary, categories=_summarizes, at_door=True),
)
