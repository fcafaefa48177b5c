"""The file formats that an import reads, each line with its entries or with what is wrong with it. Pure.

Only dolly's own format and tables name categories; what the others bring is free-form, which is `general_qa` here.
"""

from collections.abc import Callable
from typing import BinaryIO

from crowd.domain.formats import csv_file, json_lines, trees
from crowd.domain.formats.columns import FIELDS, Columns, parse_mapping
from crowd.domain.formats.model import BadFile, Entry, Line, Lines
from crowd.domain.records import read_lines

JSON_LINES: dict[str, Callable[[bytes], tuple[Entry, ...]]] = {
    "dolly": json_lines.dolly,
    "alpaca": json_lines.alpaca,
    "self-instruct": json_lines.self_instruct,
    "oasst": trees.oasst,
}


def _parquet(stream: BinaryIO, mapping: Columns) -> Lines:
    from crowd.domain.formats import parquet_file  # noqa: PLC0415 - 37 MiB of memory that no other format needs

    return parquet_file.read_parquet(stream, mapping)


TABLES: dict[str, Callable[[BinaryIO, Columns], Lines]] = {
    "csv": csv_file.read_csv,
    "parquet": _parquet,
}

FORMATS = (*JSON_LINES, *TABLES)

UTF16 = (b"\xff\xfe", b"\xfe\xff")
UTF8_MARK = b"\xef\xbb\xbf"

__all__ = ["FIELDS", "FORMATS", "BadFile", "Entry", "Line", "Lines", "parse_mapping", "read"]


def read(stream: BinaryIO, format_name: str, *, mapping: Columns) -> Lines:
    """Return a file's lines. Raises BadFile at once, not with the first line, where it cannot be read at all."""
    start = stream.read(64)
    stream.seek(0)
    if start.startswith(UTF16):
        raise BadFile("The file is UTF-16. Save it as UTF-8.")
    if format_name in TABLES:
        return TABLES[format_name](stream, mapping)
    if mapping:
        raise BadFile(f"--map is for tables ({', '.join(TABLES)}); {format_name} has keys of its own.")
    if _begins_an_array(start):
        raise BadFile(
            "The file is one JSON array; Flock reads an object a line: jq -c '.[]' FILE > FILE.jsonl makes them."
        )
    return read_lines(stream, JSON_LINES[format_name])


def _begins_an_array(start: bytes) -> bool:
    text = start.removeprefix(UTF8_MARK).lstrip()
    return text.startswith(b"[") and text[1:].lstrip()[:1] in {b"{", b""}
