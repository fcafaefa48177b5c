"""Plain JSON lines read in numba: from a block of bytes to the texts that the kernel signs, without an object for each record.

A line is plain where nothing about it is doubtful: an object of texts, null, true, false and short integers, each key once
and none of them escaped, and in its full text no character but those that `texts.lowered` knows. What is not plain is left
to the careful readers; a test holds that both say the same. As in `compiled`, all that is compiled stands in this file.
"""

from typing import Any

import numpy as np

from crowd.domain import records
from crowd.domain.record_blocks import Block
from crowd.domain.similarity.compiling import compiled
from crowd.domain.similarity.kernels import Scan
from crowd.domain.similarity.scheme import LOWER
from crowd.domain.similarity.texts import Texts, lowered

# What a byte is inside a JSON text: itself, or one of these.
_ENDS, _ESCAPES, _IS_CONTROL, _IS_PART = 1, 2, 3, 4
_KINDS = np.zeros(256, np.uint8)
_KINDS[:0x20], _KINDS[0x80:] = _IS_CONTROL, _IS_PART
_KINDS[ord('"')], _KINDS[ord("\\")] = _ENDS, _ESCAPES
# What a letter behind a backslash stands for.
_ESCAPED = np.zeros(256, np.uint8)
for _letter, _meant in zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True):
    _ESCAPED[_letter] = _meant
# The fields of a record by their numbers here, each 12 bytes.
_INSTRUCTION, _CONTEXT, _RESPONSE = range(3)
_KEYS = np.frombuffer(b"".join(name.encode().ljust(12) for name in records.Record._fields), np.uint8)
_VALUES = np.frombuffer(b"null true false", np.uint8)
# Other keys than the fields' that a plain line may have, and digits of a number.
_OTHER_KEYS = 12
_DIGITS = 18
_NOWHERE = -1


def scan(block: Block) -> Scan:
    """Read what is plain in a block of lines."""
    data, rows = np.frombuffer(block.data, np.uint8), len(block.bounds)
    is_plain, spans = np.zeros(rows, np.bool_), np.empty((rows, 4, 2), np.int64)
    # A text gets no longer, and its quotes make room for what is put behind it.
    buffer, bounds = np.empty(len(data) + 4, np.uint8), np.empty((rows, 2), np.int64)
    end = _scan(
        data,
        block.bounds,
        records.MAX_LINE_BYTES,
        (_KINDS, _ESCAPED, _KEYS, _VALUES),
        (_ESCAPED, LOWER, lowered()),
        np.empty((_OTHER_KEYS, 2), np.int64),
        (is_plain, spans, buffer, bounds),
    )
    plain = np.flatnonzero(is_plain)
    return Scan(is_plain, spans[plain, :3], Texts(buffer[:end], bounds[: len(plain)]))


@compiled
def _scan(data: Any, lines: Any, limit: Any, syntax: Any, letters: Any, others: Any, out: Any) -> Any:
    """Write what is plain, and return the end of the texts."""
    is_plain, spans, buffer, bounds = out
    buffer[0] = 0x0A
    at = 1
    count = 0
    for row in range(len(lines)):
        begin, line_end = lines[row, 0], lines[row, 1]
        if line_end - begin > limit or not _find(data, begin, line_end, syntax, others, spans[row]):
            continue
        middle = _put(data, spans[row, _INSTRUCTION], letters, buffer, at)
        end = _NOWHERE if middle < 0 else _put(data, spans[row, _RESPONSE], letters, buffer, middle + 1)
        if end < 0:
            continue
        buffer[middle] = buffer[end] = 0x0A
        bounds[count, 0], bounds[count, 1] = at, end
        at = end + 1
        is_plain[row] = True
        count += 1
    buffer[at : at + 3] = 0
    return at + 3


@compiled
def _find(data: Any, at: Any, end: Any, syntax: Any, others: Any, spans: Any) -> Any:
    """Write where a line's fields are. Return whether it is a record of which nothing is doubtful.

    `data[end]` is a line feed: what goes past the end of a text or of a word meets it.
    """
    kinds, escaped, keys, values = syntax
    spans[:] = 0
    met = 0
    met_others = 0
    at = _past_space(data, at)
    if data[at] != 0x7B:  # {
        return False
    while True:
        key = _past_space(data, at + 1)
        key_end = _text_end(data, key, kinds, escaped)
        if key_end < 0:
            return False
        colon = _past_space(data, key_end + 1)
        if data[colon] != 0x3A:
            return False
        begin = _past_space(data, colon + 1)
        value_end = _text_end(data, begin, kinds, escaped)
        is_text = value_end >= 0
        is_null = False
        if not is_text:
            value_end = _value_end(data, begin, values)
            is_null = data[begin] == 0x6E
        if value_end < 0:
            return False
        field = _field(data, key + 1, key_end, keys)
        if field >= 0:
            if (met >> field) & 1 or not (is_text or (is_null and field & 1)):
                return False
            met |= 1 << field
            if is_text:
                spans[field, 0], spans[field, 1] = begin + 1, value_end
        elif met_others == len(others) or not _is_new(data, key + 1, key_end, others, met_others):
            return False
        else:
            others[met_others, 0], others[met_others, 1] = key + 1, key_end
            met_others += 1
        at = _past_space(data, value_end + 1)
        if data[at] == 0x7D:  # }
            return _past_space(data, at + 1) == end and (met & 5) == 5
        if data[at] != 0x2C:
            return False


@compiled
def _past_space(data: Any, at: Any) -> Any:
    while data[at] == 0x20 or data[at] == 0x09 or data[at] == 0x0D:
        at += 1
    return at


@compiled
def _text_end(data: Any, at: Any, kinds: Any, escaped: Any) -> Any:
    """Return where the closing quote of a text stands; nowhere, where no valid text begins."""
    if data[at] != 0x22:
        return _NOWHERE
    at += 1
    while True:
        while kinds[data[at]] == 0:
            at += 1
        kind = kinds[data[at]]
        if kind == _ENDS:
            return at
        if kind == _IS_PART:
            at = _character_end(data, at)
        elif kind == _ESCAPES:
            at = _escape_end(data, at + 1, escaped)
        else:
            at = _NOWHERE
        if at < 0:
            return _NOWHERE


@compiled
def _escape_end(data: Any, at: Any, escaped: Any) -> Any:
    if data[at] != 0x75:  # u
        return at + 1 if escaped[data[at]] != 0 else _NOWHERE
    for digit in range(at + 1, at + 5):
        if _digit(data[digit]) < 0:
            return _NOWHERE
    return at + 5


@compiled
def _digit(byte: Any) -> Any:
    """Return a hexadecimal digit's value."""
    if 0x30 <= byte <= 0x39:
        return np.int64(byte) - 0x30
    letter = np.int64(byte) | 0x20
    return letter - 0x57 if 0x61 <= letter <= 0x66 else np.int64(_NOWHERE)


@compiled
def _character_end(data: Any, at: Any) -> Any:
    """Return the end of a UTF-8 character of several bytes; nowhere, where it is none (Unicode 16, table 3-7)."""
    first, second = data[at], data[at + 1]
    if first < 0xC2 or first > 0xF4:
        return _NOWHERE
    least, most = 0x80, 0xBF
    if first == 0xE0:
        least = 0xA0
    elif first == 0xED:
        most = 0x9F
    elif first == 0xF0:
        least = 0x90
    elif first == 0xF4:
        most = 0x8F
    if second < least or second > most:
        return _NOWHERE
    end = at + 2 + np.int64(first >= 0xE0) + np.int64(first >= 0xF0)
    for place in range(at + 2, end):
        if (data[place] & 0xC0) != 0x80:
            return _NOWHERE
    return end


@compiled
def _value_end(data: Any, at: Any, values: Any) -> Any:
    """Return the last place of null, true, false or a short integer; nowhere, where none begins."""
    for word, size in ((0, 4), (5, 4), (10, 5)):
        if data[at] == values[word]:
            return at + size - 1 if _are_equal(data, at, values, word, size) else _NOWHERE
    if data[at] == 0x2D:
        at += 1
    begin = at
    while 0x30 <= data[at] <= 0x39:
        at += 1
    digits = at - begin
    if digits == 0 or digits > _DIGITS or (digits > 1 and data[begin] == 0x30):
        return _NOWHERE
    return at - 1


@compiled
def _field(data: Any, begin: Any, end: Any, keys: Any) -> Any:
    """Return the number of the field that a key names, or none."""
    size = end - begin
    for field in range(4):
        if size < 12 and keys[12 * field + size] == 0x20 and _are_equal(data, begin, keys, 12 * field, size):
            return field
    return _NOWHERE


@compiled
def _are_equal(one: Any, begin: Any, other: Any, other_begin: Any, size: Any) -> Any:
    for place in range(size):  # noqa: SIM110 -- numba compiles no generator
        if one[begin + place] != other[other_begin + place]:
            return False
    return True


@compiled
def _is_new(data: Any, begin: Any, end: Any, others: Any, count: Any) -> Any:
    """Say whether a key is none of those before it, for sure: an escaped one could be any."""
    for place in range(begin, end):
        if data[place] == 0x5C:
            return False
    for number in range(count):
        start, stop = others[number, 0], others[number, 1]
        if stop - start == end - begin and _are_equal(data, begin, data, start, end - begin):
            return False
    return True


@compiled
def _put(data: Any, span: Any, letters: Any, buffer: Any, at: Any) -> Any:
    """Write a text as `texts.encode` does and return its end; nowhere, where it has odd characters or no word."""
    escaped, lower, lowered = letters
    place, end = span[0], span[1]
    begin = at
    while place < end:
        byte = data[place]
        if byte < 0x80 and byte != 0x5C:
            buffer[at] = byte
            at += 1
            place += 1
            continue
        if byte >= 0xE0:
            code = (byte & 0x0F) << 12 | (data[place + 1] & 0x3F) << 6 | (data[place + 2] & 0x3F)
            place += 3
            if byte >= 0xF0:
                return _NOWHERE
        elif byte >= 0x80:
            code = (byte & 0x1F) << 6 | (data[place + 1] & 0x3F)
            place += 2
        elif data[place + 1] == 0x75:
            code = 0
            for digit in range(place + 2, place + 6):
                code = code << 4 | _digit(data[digit])
            place += 6
        else:
            code = np.int64(escaped[data[place + 1]])
            place += 2
        if code >= 0x80:
            code = np.int64(lowered[code]) if code < len(lowered) else 0
            if code == 0:
                return _NOWHERE
        if code >= 0x80:
            buffer[at] = 0xC0 | code >> 6
            at += 1
            code = 0x80 | (code & 0x3F)
        buffer[at] = code
        at += 1
    for number in range(begin, at):
        if lower[buffer[number]] != 0:
            return at
    return at if begin == at else _NOWHERE
