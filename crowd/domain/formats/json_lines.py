"""The formats that have one JSON object a line: each a function from a line to its entries. Pure."""

from typing import Any

from crowd.domain.formats.model import FREE_FORM, Entry
from crowd.domain.records import BadRecord, Record, json_object, parse_record, text_field


def dolly(line: bytes) -> tuple[Entry, ...]:
    """databricks-dolly-15k: instruction, context, response, category."""
    record = parse_record(line)
    if not record.category:
        raise BadRecord("the key category is missing or empty")
    return (Entry(record),)


def alpaca(line: bytes) -> tuple[Entry, ...]:
    """Stanford Alpaca: instruction, input (the context), output."""
    return (_alpaca_entry(json_object(line)),)


def self_instruct(line: bytes) -> tuple[Entry, ...]:
    """Self-Instruct's seed tasks: one instruction and its instances, each an input and an output."""
    fields = json_object(line)
    instances = fields.get("instances")
    if not isinstance(instances, list) or not instances:
        raise BadRecord("instances must be a list with at least one instance")
    return tuple(
        _alpaca_entry({**_instance(one), "instruction": fields.get("instruction")}) for one in instances
    )


def _instance(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRecord("every instance must be an object with input and output")
    return value


def _alpaca_entry(fields: dict[str, Any]) -> Entry:
    return Entry(
        Record(
            instruction=text_field(fields, "instruction", needed=True),
            context=text_field(fields, "input", needed=False),
            response=text_field(fields, "output", needed=True),
            category=FREE_FORM,
        )
    )
