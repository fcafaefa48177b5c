"""Names of a response of which its passage has not one word."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import islice

from crowd.domain.categories import CategoryRule
from crowd.domain.checks.folding import fold
from crowd.domain.checks.grounding.sources import source_of
from crowd.domain.checks.model import MAX_PER_FIELD, Check, Pair, Place, with_passage

_UPPER = "A-Z\u00c0-\u00d6\u00d8-\u00de\u0141\u0160\u017d"
_REST = r"[^\W\d_]*+(?:['’-][^\W\d_]++)*+"
# Two or more words with a capital in the midst of a sentence: at the start of one, or of a line, any word has it.
_NAME = re.compile(
    rf"[{_UPPER}](?<=[a-z,;] .){_REST}"
    rf"(?:(?: (?:of|the|de|van|von|der|la|al|bin)){{0,2}} [{_UPPER}](?:\.|{_REST}))++"
)
_INITIALS = re.compile(rf"\b(?:[{_UPPER}]\.?){{2,6}}")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_WORD = re.compile(r"[^\W\d_]+")
# Titles and what stands within names, which name no one by themselves.
_TITLES = frozenset(
    ["dr", "mr", "mrs", "ms", "sir", "lord", "king", "queen", "saint", "president", "the", "van", "von"]
)
_STEM = 5  # letters by which forms of a word are one: America and American, Spain and Spaniards are not


def _unsupported(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    source = source_of(pair, category)
    if not source:
        return
    said = [match for match in _NAME.finditer(pair.response) if not _is_heading(pair.response, match)]
    if not said:
        return
    known = _plain(source)
    initials = {letters.replace(".", "") for letters in _INITIALS.findall(source)}
    strange = (match for match in said if not _is_supported(match.group(), known, initials))
    for match in islice(strange, MAX_PER_FIELD):
        yield Place("response", *match.span(), _message(match.group()))


def _is_supported(name: str, known: str, initials: AbstractSet[str]) -> bool:
    words = [word for word in _WORD.findall(_plain(name)) if len(word) > 2 and word not in _TITLES]
    if len(words) < 2 or any(_stands_in(word, known) for word in words):
        return True
    return "".join(letter for letter in name if letter.isupper()) in initials


def _stands_in(word: str, known: str) -> bool:
    """Whether a word or another form of it does. A short one has to stand there whole: Ali is not in Italy."""
    if len(word) >= _STEM:
        return word[:_STEM] in known
    return word in known and re.search(rf"\b{word}\b", known) is not None


def _is_heading(response: str, match: re.Match[str]) -> bool:
    """Whether a colon or a line's end makes it a title rather than a part of a sentence."""
    return (
        response[match.end() : match.end() + 1] in {":", ""}
        or response[match.end() : match.end() + 2] == "\n\n"
    )


def _plain(value: str) -> str:
    """Without case and accents, so that “Lafollette” is LaFollette and “Muller” is Müller."""
    return fold(value if value.isascii() else _ACCENTS.sub("", value))


def _message(found: str) -> str:
    return f"Neither the passage nor the instruction names {found}: check it, or keep to what they say."


CHECKS = (Check("grounding.name", 1, "info", "pair", _unsupported, categories=with_passage),)
