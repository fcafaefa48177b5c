"""Which column of a table each field of a record comes from, and a row's texts. Pure; it reads no file."""

from collections import Counter
from collections.abc import Mapping, Sequence

from crowd.domain.formats.model import FREE_FORM, BadFile, Entry
from crowd.domain.records import BadRecord, Record

FIELDS = Record._fields
NEEDED = ("instruction", "response")

# Field of a record -> column of the file.
Columns = Mapping[str, str]


def parse_mapping(arguments: Sequence[str]) -> dict[str, str]:
    """Return what FIELD=COLUMN arguments say. Raises BadFile where they cannot be meant."""
    mapping: dict[str, str] = {}
    for argument in arguments:
        field, equals, column = argument.partition("=")
        if not equals or not column:
            raise BadFile(f"--map {argument}: write FIELD=COLUMN, as in --map instruction=prompt.")
        if field not in FIELDS:
            raise BadFile(f"--map {argument}: there is no field {field}. Fields are {', '.join(FIELDS)}.")
        if field in mapping:
            raise BadFile(f"--map names {field} twice.")
        mapping[field] = column
    return mapping


def choose(mapping: Columns, names: Sequence[str]) -> dict[str, str]:
    """Return the fields that a table has, each with its column: the mapped one, else the one of the field's own name.

    Raises BadFile, with the columns that there are, where a mapped or a needed one is not among them.
    """
    columns = {field: field for field in FIELDS if field in names} | dict(mapping)
    there_are = f"The file's columns are: {', '.join(names)}." if names else "The file has no columns."
    for field, column in columns.items():
        if column not in names:
            raise BadFile(f"There is no column {column}, from which {field} should come. {there_are}")
        if names.count(column) > 1:
            raise BadFile(f"The column {column} is there more than once. {there_are}")
    for field in NEEDED:
        if field not in columns:
            raise BadFile(
                f"No column is named {field}: say which it is with --map {field}=COLUMN. {there_are}"
            )
    for column, uses in Counter(columns.values()).items():
        if uses > 1:
            raise BadFile(f"The column {column} cannot be more than one field. {there_are}")
    return columns


def entry_of(texts: Mapping[str, str]) -> tuple[Entry, ...]:
    """Return the entry of a row's fields. A table without categories is free-form. Raises BadRecord."""
    category = texts.get("category", FREE_FORM)
    if not category:
        raise BadRecord("the category is empty")
    return (Entry(Record(texts["instruction"], texts.get("context", ""), texts["response"], category)),)
