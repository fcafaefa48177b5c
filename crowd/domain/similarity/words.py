"""A text as the words that comparison sees: without case, punctuation and invisible characters. Pure.

Every function but `folded()` takes a folded text.
"""

import re
import unicodedata

from crowd.domain import text as texts

# Scripts that put no space between words (Thai, Lao, Burmese, Khmer, kana, Han): each character counts as a word.
_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Python's \w leaves out the marks that carry vowels in Indic scripts: without them different words would be equal.
_MARKS = "".join(
    chr(code)
    for code in range(0x300, 0x11A00)
    if unicodedata.category(chr(code)).startswith("M") and not re.match(f"[{_SPACELESS}]", chr(code))
)
_WORD = re.compile(rf"[^\W{_SPACELESS}]+(?:[{_MARKS}]+[^\W{_SPACELESS}]*)*|[{_MARKS}]+|[{_SPACELESS}]")
# Most texts need none of this: they stay outside the ranges where such marks and scripts are, and \w is right.
_NEEDS_CARE = re.compile("[\u0300-\u1fff\u2c80-\U0010ffff]")
_PLAIN_WORD = re.compile(r"\w+")
_ASCII_WORD = re.compile(r"\w+", re.ASCII)

# What makes another number or another sum of the same digits: 3.5 and 3-5, 5 + 3 and 5 - 3, -5 and 5, 5% and 5.
_SIGNS = re.compile(
    r"(?<=\d)[.,:](?=\d)|(?<=\d) ?[-\u2212\u2013+*/] ?(?=\d)|(?<![\w)])[-\u2212+](?=\d)|(?<=\d) ?%|[=<>^\u00d7\u00f7\u221a\u2264\u2265\u2260\u00b1]"
)
_CAN_HAVE_SIGNS = re.compile(r"[\d=<>^\u00d7\u00f7\u221a\u2264\u2265\u2260\u00b1]")


def folded(text: str) -> str:
    """Return a text with compatibility forms made plain (ligatures, wide letters) and nothing invisible in it."""
    return text if text.isascii() else texts.normalize("NFKC", texts.visible(text))


def typed_words(text: str) -> list[str]:
    """Return a text's words, their case kept. A text that shows something but has no word is split at spaces."""
    return words_alone(text) or text.split()


def words_alone(text: str) -> list[str]:
    """Return a text's words, their case kept, and nothing for a text that has none."""
    if text.isascii():
        return _ASCII_WORD.findall(text)
    return (_WORD if _NEEDS_CARE.search(text) else _PLAIN_WORD).findall(text)


def words(text: str) -> list[str]:
    """Return a text's words in lower case."""
    return typed_words(text.lower())


def number_signs(text: str) -> tuple[str, ...]:
    """Return the signs of a text that its numbers hang on, in their order."""
    return tuple(sign.strip() for sign in _SIGNS.findall(text)) if _CAN_HAVE_SIGNS.search(text) else ()
