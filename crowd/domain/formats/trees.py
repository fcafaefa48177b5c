"""OpenAssistant's message trees (github.com/LAION-AI/Open-Assistant, docs/data/schemas): one tree a line. Pure.

Of a tree come its prompt and the best of the replies to it, in whatever language they are.
"""

import math
from typing import Any

from crowd.domain.formats.model import FREE_FORM, Entry
from crowd.domain.records import BadRecord, Record, json_object, text_field

PROMPTER, ASSISTANT = "prompter", "assistant"

# Trees that OpenAssistant's moderators or its reviewers stopped.
STOPPED = frozenset({"aborted_low_grade", "halted_by_moderator"})

# The share of a message's labellers that called it spam; OpenAssistant's own export leaves out more than half.
MOST_SPAM = 0.5


def oasst(line: bytes) -> tuple[Entry, ...]:
    """Return the prompt and its best reply: of those that are left, the lowest rank, else the first."""
    tree = json_object(line)
    if tree.get("tree_state") in STOPPED:
        raise BadRecord(f"the tree was stopped by its moderators ({tree['tree_state']})")
    prompt = _message(tree.get("prompt"))
    if reason := _reason_against(prompt, PROMPTER):
        raise BadRecord(f"the prompt {reason}")
    best = min(_replies_to(prompt), key=_rank)
    texts = [text_field(message, "text", needed=True) for message in (prompt, best)]
    return (Entry(Record(texts[0], "", texts[1], FREE_FORM), model=_model_of(prompt) or _model_of(best)),)


def _message(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRecord("the tree has no prompt, or a reply that is no message")
    return value


def _replies_to(prompt: dict[str, Any]) -> list[dict[str, Any]]:
    replies = prompt.get("replies") or []
    if not isinstance(replies, list):
        raise BadRecord("replies must be a list")
    messages = [_message(reply) for reply in replies]
    reasons = [_reason_against(message, ASSISTANT) for message in messages]
    left = [message for message, reason in zip(messages, reasons, strict=True) if not reason]
    if left:
        return left
    said = ", ".join(sorted(set(reasons)))
    raise BadRecord(
        f"the tree has no reply that can be used: each {said}" if said else "the tree has no reply"
    )


def _reason_against(message: dict[str, Any], role: str) -> str:
    """Why a message cannot be used where one of this role belongs, or nothing."""
    if message.get("deleted"):
        return "was deleted"
    if message.get("review_result") is False:
        return "was refused in review"
    if _share_of_spam(message) > MOST_SPAM:
        return "was marked as spam"
    if message.get("role", role) != role:
        return f"has another role than {role}"
    return ""


def _share_of_spam(message: dict[str, Any]) -> float:
    labels = message.get("labels")
    spam = labels.get("spam") if isinstance(labels, dict) else None
    return _number(spam.get("value"), 0.0) if isinstance(spam, dict) else 0.0


def _rank(reply: dict[str, Any]) -> float:
    return _number(reply.get("rank"), math.inf)


def _number(value: object, default: float) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or math.isnan(value):
        return default
    return value


def _model_of(message: dict[str, Any]) -> str:
    """Name the model that wrote a message; nothing where a person did."""
    return str(message.get("model_name") or "a model") if message.get("synthetic") else ""
