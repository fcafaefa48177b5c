"""Dolly's training prompt and its markers (databrickslabs/dolly, `training/consts.py`). Standard library only.

A prompt is told in spans between markers: what a person typed never becomes a marker, whatever it holds.
"""

INTRODUCTION = "Below is an instruction that describes a task. Write a response that appropriately completes the request."
INSTRUCTION_MARKER = "### Instruction:"
RESPONSE_MARKER = "### Response:\n"
END_MARKER = "### End"
END_OF_TEXT = "<|endoftext|>"

# Dolly adds its special tokens in this order; on Pythia's tokenizer they become 50277, 50278 and 50279.
MARKERS = (END_MARKER, INSTRUCTION_MARKER, RESPONSE_MARKER)

# What a submitted text may not hold, so that the data stays safe for tools which do search for markers.
RESERVED_MARKERS = (INSTRUCTION_MARKER, RESPONSE_MARKER.strip(), END_MARKER, END_OF_TEXT)

INTRODUCTION_SPAN = f"{INTRODUCTION}\n\n"


def question_span(instruction: str, *, context: str = "") -> str:
    """What stands between the instruction marker and the response marker."""
    passage = f"Input:\n{context}\n\n" if context.strip() else ""
    return f"\n{instruction}\n\n{passage}"


def answer_span(response: str) -> str:
    """What stands between the response marker and the end marker."""
    return f"{response}\n\n"


def question_text(instruction: str, *, context: str = "") -> str:
    """The prompt that asks, up to and with the response marker."""
    return (
        INTRODUCTION_SPAN + INSTRUCTION_MARKER + question_span(instruction, context=context) + RESPONSE_MARKER
    )


def record_text(instruction: str, *, context: str = "", response: str) -> str:
    """The whole training text of one record."""
    return question_text(instruction, context=context) + answer_span(response) + END_MARKER
