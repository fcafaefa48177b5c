"""Records as the bytes that the kernels read: UTF-8 in which the runs of word bytes are the words. Pure.

Most text is plain and needs next to nothing. What is not is split by `words`, and its words are put together again; a
test holds that all of it comes out as `words` has it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from crowd.domain.records import Record
from crowd.domain.similarity.scheme import LOWER
from crowd.domain.similarity.words import folded, words_alone

# Characters of which the bytes tell what `words` tells: letters that lower case leaves single, and of what is no letter
# those that UTF-8 writes as C2 xx, E2 80 xx or E2 81 xx. Of accents only composed ones.
_PLAIN = (
    "\x00-\xa7\xa9\xab\xac\xae\xb0\xb1\xb6\xb7\xbb\xbf-\xd6\xd8-\xf6\xf8-\u012f\u0131\u0134-\u013e\u0141-\u0148"
    "\u014a-\u017e\u0180-\u01c3\u01cd-\u01f0\u01f4-\u02af\u0388-\u038a\u038c\u038e-\u03a1\u03a4-\u03ce\u0400-\u0481"
    "\u048a-\u052f\u2000-\u200a\u2010-\u2016\u2018-\u2029\u202f-\u203d\u203f-\u205f"
)
_ODD = re.compile(f"[^{_PLAIN}]")
_WORD_CHARACTER = re.compile(r"\w")
_ASCII_WORD_CHARACTER = re.compile(r"\w", re.ASCII)
_SEPARATOR = re.compile(b"\xc2.|\xe2[\x80\x81].", re.DOTALL)
_SPACED = LOWER.tobytes().replace(b"\0", b" ")
# What stands for a word where a text has none: signs, as letters of the private use area.
_SIGNS = {
    code: 0xF0000 + code
    for code in (*range(0x20), *range(0x21, 0xC0), *range(0x2000, 0x2080))
    if code > 0x7F or _SPACED[code] == 0x20
}


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Full texts of n records: text i is in `buffer[bounds[i, 0]:bounds[i, 1]]`.

    `buffer` is `(bytes,) uint8`, and `bounds` `(n, 2) int64`. Before the first text and behind each is a byte of no
    word, and three spare ones are at the end.
    """

    buffer: NDArray[np.uint8]
    bounds: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.bounds)


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """What n instructions ask, in plain words: phrase i is the UTF-8 in `buffer[ends[i]:ends[i + 1]]`."""

    buffer: NDArray[np.uint8]
    ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ends) - 1


def gather(records: Sequence[Record]) -> Texts:
    """Put records' full texts, instruction and response, side by side."""
    parts = [b""]
    for record in records:
        parts.append(encode(record.instruction))
        parts.append(encode(record.response))
    parts.append(b"\0\0\0")
    begins = np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)) + 1)
    bounds = np.column_stack([begins[0:-2:2], begins[2::2] - 1])
    return Texts(np.frombuffer(bytearray(b"\n".join(parts)), np.uint8), bounds)


def gather_phrases(phrases: Sequence[str]) -> Phrases:
    """Put phrases side by side."""
    parts = [phrase.encode("utf-8", "surrogatepass") for phrase in phrases]
    ends = np.zeros(len(parts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)), out=ends[1:])
    return Phrases(np.frombuffer(b"".join(parts), np.uint8), ends)


def encode(text: str) -> bytes:
    """Return a text's bytes, whose runs of word bytes are its words but for the case of ASCII letters."""
    if text.isascii():
        return text.encode() if _ASCII_WORD_CHARACTER.search(text) else _signs(text)
    plain = _spelled(text)
    if _WORD_CHARACTER.search(plain) or _ODD.search(plain):
        return plain.lower().encode()
    return _signs(folded(text))


@cache
def lowered() -> NDArray[np.uint16]:
    """Return what `encode` makes of the characters below U+2060 when it meets nothing odd, `(0x2060,) uint16`.

    A letter in lower case, a space for what is part of no word; 0 where the whole text must be seen, or UTF-8 has more
    than two bytes for the letter.
    """
    return np.array([_lowered(chr(code)) for code in range(0x2060)], np.uint16)


def _lowered(character: str) -> int:
    if _ODD.match(character):
        return 0
    if not _WORD_CHARACTER.match(character):
        return ord(" ")
    code = ord(character.lower())
    return code if code < 0x800 else 0


def key(encoded: Sequence[bytes]) -> bytes:
    """Return what encoded texts share when they have the same words in the same order: 16 bytes."""
    words = blanked(b" ".join(encoded)).translate(_SPACED).split()
    return blake2b(b" ".join(words), digest_size=16).digest()


def blanked(encoded: bytes) -> bytes:
    """Return encoded text with spaces for UTF-8's separators, so that each byte past ASCII is part of a letter."""
    return encoded if encoded.isascii() else _SEPARATOR.sub(b" ", encoded)


def _spelled(text: str) -> str:
    """Spell out the words of every piece between spaces that has anything odd about it."""
    parts: list[str] = []
    done = 0
    while odd := _ODD.search(text, done):
        begin = max(done, text.rfind(" ", done, odd.start()) + 1)
        end = text.find(" ", odd.end())
        end = end if end >= 0 else len(text)
        parts += [text[done:begin], *words_alone(folded(text[begin:end]).lower())]
        done = end
    return " ".join([*parts, text[done:]]) if parts else text


def _signs(text: str) -> bytes:
    """Make letters of what a folded text without words shows, so that it stands for words."""
    return " ".join(piece.translate(_SIGNS) for piece in text.lower().split()).encode(
        "utf-8", "surrogatepass"
    )
