"""Names of a response of which its passage has not one word."""

import re
import unicodedata
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import islice

from crowd.domain.categories import CategoryRule
from crowd.domain.checks.grounding.sources import source_of
from crowd.domain.checks.model import MAX_PER_FIELD, Check, Pair, Place, with_passage

_UPPER = "A-Z\u00c0-\u00d6\u00d8-\u00de\u0141\u0160\u017d"
_REST = r"[^\W\d_]*+(?:['’-][^\W\d_]++)*+"
# Two or more words with a capital in the midst of a sentence: at the start of one, or of a line, any word has it.
_NAME = re.compile(
    rf"[{_UPPER}](?<=[a-z,;] .){_REST}"
    rf"(?:(?: (?:of|the|de|van|von|der|la|al|bin)){{0,2}} [{_UPPER}](?:\.|{_REST}))++"
)
_WORD = re.compile(r"[^\W\d_]+")
# Words with a capital that name no one by themselves: titles, days and months.
_COMMON = frozenset(
    ["of", "the", "de", "van", "von", "der", "la", "al", "bin", "dr", "mr", "mrs", "ms", "sir", "st", "lord", "king", "queen", "saint", "president", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "english"]
)
_STEM = 5  # letters by which forms of a word are one: America and American, Spain and Spaniards are not


def _unsupported(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    source = source_of(pair, category)
    if not source:
        return
    said = [match for match in _NAME.finditer(pair.response) if not _is_heading(pair.response, match)]
    if not said:
        return
    known = {word[:_STEM] for word in _words(source)}
    initials = set(re.findall(rf"\b(?:[{_UPPER}]\.?){{2,6}}", source))
    for match in islice(said, MAX_PER_FIELD):
        if not _is_supported(match.group(), known, initials):
            yield Place("response", *match.span(), _message(match.group()))


def _is_supported(name: str, known: AbstractSet[str], initials: AbstractSet[str]) -> bool:
    words = [word for word in _words(name) if len(word) > 1 and word not in _COMMON]
    if len(words) < 2 or any(word[:_STEM] in known for word in words):
        return True
    short = "".join(word[0] for word in re.findall(_WORD, name) if word[0].isupper())
    return any(short == letters.replace(".", "") for letters in initials)


def _is_heading(response: str, match: re.Match[str]) -> bool:
    """Whether a colon or a line's end makes it a title rather than a part of a sentence."""
    return (
        response[match.end() : match.end() + 1] in {":", ""}
        or response[match.end() : match.end() + 2] == "\n\n"
    )


def _words(value: str) -> list[str]:
    """Words in lower case without accents, so that “Lafollette” is LaFollette and “Muller” is Müller."""
    if not value.isascii():
        value = "".join(
            c for c in unicodedata.normalize("NFKD", value[:200_000]) if not unicodedata.combining(c)
        )
    return _WORD.findall(value.lower())


def _message(found: str) -> str:
    return f"Neither the passage nor the instruction names {found}: check it, or keep to what they say."


CHECKS = (Check("grounding.name", 1, "info", "pair", _unsupported, categories=with_passage),)
