"""The file formats that an import reads, one JSON object a line: each a function from a line to its records. Pure.

Only dolly's own format names categories; what the others bring is free-form, which is `general_qa` here.
"""

from collections.abc import Callable
from typing import Any

from crowd.domain.records import BadRecord, Record, json_object, parse_record, text_field

FREE_FORM = "general_qa"


def dolly(line: bytes) -> tuple[Record, ...]:
    """databricks-dolly-15k: instruction, context, response, category."""
    record = parse_record(line)
    if not record.category:
        raise BadRecord("the key category is missing")
    return (record,)


def alpaca(line: bytes) -> tuple[Record, ...]:
    """Stanford Alpaca: instruction, input (the context), output."""
    return (_alpaca_record(json_object(line)),)


def self_instruct(line: bytes) -> tuple[Record, ...]:
    """Self-Instruct's seed tasks: one instruction and its instances, each an input and an output."""
    fields = json_object(line)
    instances = fields.get("instances")
    if not isinstance(instances, list) or not instances:
        raise BadRecord("instances must be a list with at least one instance")
    return tuple(
        _alpaca_record({**_object(instance), "instruction": fields.get("instruction")})
        for instance in instances
    )


def oasst(line: bytes) -> tuple[Record, ...]:
    """OpenAssistant's message trees: the prompt and its best reply (the lowest rank, else the first)."""
    prompt = _object(json_object(line).get("prompt"))
    replies = [
        reply for reply in prompt.get("replies") or [] if isinstance(reply, dict) and not reply.get("deleted")
    ]
    if not replies:
        raise BadRecord("the tree has no reply")
    best = min(replies, key=_rank)
    text = text_field(prompt, "text", needed=True)
    return (Record(text, "", text_field(best, "text", needed=True), FREE_FORM),)


def _alpaca_record(fields: dict[str, Any]) -> Record:
    return Record(
        instruction=text_field(fields, "instruction", needed=True),
        context=text_field(fields, "input", needed=False),
        response=text_field(fields, "output", needed=True),
        category=FREE_FORM,
    )


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRecord("expected an object where the format has one")
    return value


def _rank(reply: dict[str, Any]) -> float:
    rank = reply.get("rank")
    return rank if isinstance(rank, int | float) and not isinstance(rank, bool) else float("inf")


FORMATS: dict[str, Callable[[bytes], tuple[Record, ...]]] = {
    "dolly": dolly,
    "alpaca": alpaca,
    "self-instruct": self_instruct,
    "oasst": oasst,
}
