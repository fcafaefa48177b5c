"""Letters of another script in the place of the ones they are drawn like: “раypal” with a Cyrillic р and а."""

import re
from collections.abc import Iterator

from crowd.domain.checks.model import Check, Span, each_field

# Cyrillic and Greek letters drawn like ASCII ones, from Unicode's confusables.txt (UTS #39, version 16).
_CYRILLIC_ALIKE = frozenset("ЅІЈАВЕКМНОРСТУХЬагеорсухѕіјѡѴѵҮүһҽӀӏԁԌԛԜԝ")
_GREEK_ALIKE = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαγινορσυ")

_LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_CYRILLIC = "\u0400-\u052f"
_OTHER = f"\u0370-\u03ff{_CYRILLIC}\u0531-\u0587\u13a0-\u13fd"
_ANY_OTHER = re.compile(f"[{_OTHER}\uff21-\uff5a\U0001d400-\U0001d7ff]")
_WORD = re.compile(f"[{_LATIN}{_OTHER}]+")
_HAS_LATIN = re.compile(f"[{_LATIN}]")
_HAS_CYRILLIC = re.compile(f"[{_CYRILLIC}]")
_HAS_OTHER_BUT_GREEK = re.compile(f"[{_CYRILLIC}\u0531-\u0587\u13a0-\u13fd]")
# Within Latin letters on both sides; at an end it is a unit or a symbol: μm, kΩ, TNFα, Δx.
_GREEK_INSIDE = re.compile(f"(?<=[{_LATIN}])[\u0370-\u03ff](?=[{_LATIN}])|[\u03bf\u039f]")

# Bold, script and full-width letters drawn for their looks. One or two are a formula's.
_STYLED = re.compile("[\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff]{3,}")


def _confusables(value: str) -> Iterator[Span]:
    """Yield words that mix scripts, and words of look-alikes alone in a text that is not written in their script."""
    if not _ANY_OTHER.search(value):
        return
    words = [match for match in _WORD.finditer(value) if not match.group().isascii()]
    cyrillic = [match.group() for match in words if _HAS_CYRILLIC.search(match.group())]
    in_cyrillic = any(
        not _HAS_LATIN.search(word) and not _CYRILLIC_ALIKE.issuperset(word) for word in cyrillic
    )
    spans = [
        match.span() for match in words if _is_mixed(match.group()) or _hides(match.group(), in_cyrillic)
    ]
    yield from sorted([*spans, *(match.span() for match in _STYLED.finditer(value))])


def _is_mixed(word: str) -> bool:
    if not _HAS_LATIN.search(word):
        return False
    if _HAS_OTHER_BUT_GREEK.search(word):
        return True
    return any(match.group() in _GREEK_ALIKE for match in _GREEK_INSIDE.finditer(word))


def _hides(word: str, in_cyrillic: bool) -> bool:
    return not in_cyrillic and _CYRILLIC_ALIKE.issuperset(word)


def _message(found: str) -> str:
    return f"“{found}” has letters of another script that look like the usual ones: type the word again."


CHECKS = (Check("text.confusable", 1, "warning", "field", each_field(_confusables, _message)),)
