"""Dolly's record and its JSONL line: the one that a release writes, and those that files bring. Pure.

Reading is strict and goes on: a bad line is answered with a plain reason, and the rest is read.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any, BinaryIO, NamedTuple, TypeVar

import orjson

# A record at every limit, all of it escaped surrogate pairs, has 1.4 MB. Longer lines than this are skipped unread.
MAX_LINE_BYTES = 64 * 1024 * 1024

S = TypeVar("S")
T = TypeVar("T")

# orjson makes a number that is too long for 64 bits a float.
PLAIN_TYPES = frozenset({str, int, bool, type(None)})

UTF8_BOM = b"\xef\xbb\xbf"


class BadRecord(ValueError):
    """A line holds no record. The message says why, in words for the person who made the file."""


class Record(NamedTuple):
    """One pair as a file has it. `category` is empty where the file names none."""

    instruction: str
    context: str
    response: str
    category: str = ""


_FIELDS = frozenset(Record._fields)
_values_of = itemgetter(*Record._fields)


def data_line(instruction: str, context: str, response: str, category: str) -> bytes:
    """Return a release's line: dolly-15k's four keys in their order, UTF-8, ended by LF."""
    fields = {"instruction": instruction, "context": context, "response": response, "category": category}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def line_sha256(line: bytes) -> str:
    """Return the SHA-256, in hex, of a data line with its LF: provenance names it, and lines are sorted by it."""
    return hashlib.sha256(line).hexdigest()


def read_lines(stream: BinaryIO, parse: Callable[[bytes], T]) -> Iterator[tuple[int, T | BadRecord]]:
    """Yield each physical line's number, from 1, with what it holds or with what is wrong. Blank lines are passed over.

    Holds one line at a time.
    """
    for number, line in physical_lines(stream):
        if isinstance(line, BadRecord):
            yield number, line
        elif not line.isspace():
            yield number, record_or_reason(parse, line)


def parse_record(line: bytes) -> Record:
    """Return a dolly-format line's record. Raises BadRecord.

    `instruction` and `response` are needed; `context` and `category` may be absent or null; other keys are ignored.
    """
    return record_of(_plain_object(line) or json_object(line))


def record_of(fields: dict[str, Any]) -> Record:
    """Return an object's record. Raises BadRecord."""
    if fields.keys() >= _FIELDS and {*map(type, values := _values_of(fields))} == {str}:
        return Record._make(values)
    return Record(
        instruction=text_field(fields, "instruction", needed=True),
        context=text_field(fields, "context", needed=False),
        response=text_field(fields, "response", needed=True),
        category=text_field(fields, "category", needed=False),
    )


def record_or_reason(parse: Callable[[S], T], given: S) -> T | BadRecord:
    """Return what is parsed, or why it cannot be."""
    try:
        return parse(given)
    except BadRecord as reason:
        return reason


def physical_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | BadRecord]]:
    """Yield each line's number, from 1, with its bytes and its end, or with why it was not read. No byte order mark."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES):
        number += 1
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n") and _skip_rest(stream):
            yield number, BadRecord(f"the line is longer than {MAX_LINE_BYTES:,} bytes")
            continue
        yield number, line.removeprefix(UTF8_BOM) if number == 1 else line


def _skip_rest(stream: BinaryIO) -> bool:
    """Read to the end of the line. Return whether there was more of it than a line end."""
    first = piece = stream.readline(MAX_LINE_BYTES)
    while piece and not piece.endswith(b"\n"):
        piece = stream.readline(MAX_LINE_BYTES)
    return first not in {b"", b"\n"}


def _plain_object(line: bytes) -> dict[str, Any] | None:
    """Return what nearly all lines hold, an object of plain values, in a third of the time; of any other line nothing.

    orjson keeps the last of equal keys. But where no key has white space between its quote and its colon, there are no
    more keys than there are quotes before colons, here and inside the texts together.
    """
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if type(fields) is not dict or not PLAIN_TYPES.issuperset(map(type, fields.values())):
        return None
    if line.count(b'":') != len(fields) or b" :" in line or b"\t" in line or b"\r" in line:
        return None
    return fields


def json_object(line: bytes) -> dict[str, Any]:
    """Return the object that a line holds. Raises BadRecord."""
    try:
        value = json.loads(line.decode("utf-8"), object_pairs_hook=_unique_keys)
    except BadRecord:
        raise
    except UnicodeDecodeError as error:
        raise BadRecord(f"not UTF-8: byte {error.start + 1} of the line cannot be read") from error
    except json.JSONDecodeError as error:
        raise BadRecord(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    except (ValueError, RecursionError) as error:
        raise BadRecord("not JSON that can be read: a number is too long or the nesting too deep") from error
    if not isinstance(value, dict):
        raise BadRecord(f"expected an object with the keys of a record, found {_kind(value)}")
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, value in pairs:
        if key in fields:
            raise BadRecord(f"the key {json.dumps(key)} appears more than once")
        fields[key] = value
    return fields


def text_field(fields: dict[str, Any], key: str, *, needed: bool) -> str:
    """Return a text among an object's fields, empty where it is absent and not needed. Raises BadRecord."""
    if needed and key not in fields:
        raise BadRecord(f"the key {key} is missing")
    value = fields.get(key)
    if value is None and not needed:
        return ""
    if not isinstance(value, str):
        raise BadRecord(f"{key} must be a text, found {_kind(value)}")
    return value


def _kind(value: object) -> str:
    """Name a JSON value's type in JSON's words."""
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "null")
