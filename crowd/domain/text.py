"""What a text is: how it is kept, when two are equal, and what makes one malformed. Pure.

A text is stored as sent, with line ends alone made LF. `canonical()` serves equality and hashing, never storage.
"""

import hashlib
import json
import re
import unicodedata
from itertools import groupby
from typing import Literal

# Code points, by field of a pair. The longest response of dolly-15k has 26,018.
LIMITS = {"instruction": 20_000, "context": 50_000, "response": 50_000}

# The training prompt's own marks: inside a text they would end it early. `training/prompts.py` names the same.
RESERVED_MARKERS = ("### Instruction:", "### Response:", "### End", "<|endoftext|>")

PROMPT_MARKER = re.compile("|".join(map(re.escape, RESERVED_MARKERS)))

# Every C0 control but tab and LF, and half a surrogate pair. CR is not among them: it becomes LF.
MALFORMED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]+")

# Characters that leave no mark of their own: zero-width, direction, soft hyphen, byte order.
INVISIBLE = (
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f"
    "\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)

_HIDDEN = re.compile(f"[{INVISIBLE}]+")

# unicodedata sorts a run of combining marks by insertion: 50,000 of them take seconds. Runs of real writing are
# shorter than this; U+FF9E and U+FF9F are the only word characters that become a mark, under NFKC.
_LONG_RUN = 32
_LONG_MARK_RUN = re.compile(f"(?:[^\\w\\s\x00-\x7f]|[\uff9e\uff9f]){{{_LONG_RUN},}}")


def normalize_newlines(text: str) -> str:
    """Make CRLF and CR into LF, and change nothing else."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def normalize(form: Literal["NFC", "NFKC"], text: str) -> str:
    """Do what `unicodedata.normalize` does, in linear time on any text."""
    if text.isascii():
        return text
    if len(text) - len(text.encode("ascii", "ignore")) < _LONG_RUN:
        return unicodedata.normalize(form, text)
    return unicodedata.normalize(form, _LONG_MARK_RUN.sub(lambda run: _ordered(form, run.group()), text))


def canonical(text: str) -> str:
    """Return the form in which two equal texts are the same string: NFC, LF, no outer white space."""
    return normalize("NFC", normalize_newlines(text)).strip()


def visible(text: str) -> str:
    """Return the text without its invisible characters and its outer white space; empty if nothing shows."""
    return (text if text.isascii() else _HIDDEN.sub("", text)).strip()


def plural(count: int, noun: str) -> str:
    """Return an English noun as it stands after this number."""
    return noun if count == 1 else f"{noun}s"


def copy_hash(instruction: str, context: str, response: str) -> str:
    """Return the SHA-256, in hex, that exact copies share: of the three canonical texts, whatever the category."""
    return _digest([canonical(instruction), canonical(context), canonical(response)])


def _digest(texts: list[str]) -> str:
    """Hash a JSON array, in which no text can reach into the next. ASCII, so that a lone surrogate hashes too."""
    return hashlib.sha256(f"[{','.join(map(json.dumps, texts))}]".encode("ascii")).hexdigest()


def _ordered(form: Literal["NFC", "NFKC"], run: str) -> str:
    """Decompose a run and put its marks in canonical order, which leaves `unicodedata` nothing to sort."""
    decomposition: Literal["NFD", "NFKD"] = "NFD" if form == "NFC" else "NFKD"
    marks = "".join(unicodedata.normalize(decomposition, character) for character in run)
    runs = groupby(marks, key=lambda mark: unicodedata.combining(mark) > 0)
    return "".join("".join(sorted(run, key=unicodedata.combining) if marked else run) for marked, run in runs)
