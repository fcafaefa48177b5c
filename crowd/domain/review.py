"""What a reviewer may decide, and how long a claim holds. Pure."""

from datetime import timedelta
from enum import StrEnum

# Long enough to read a long passage and write a reason, short enough that a forgotten tab does not block a colleague.
CLAIM_LASTS = timedelta(minutes=30)


class Decision(StrEnum):
    """The three answers. Their names are also the workflow's actions."""

    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"


NEEDS_REASON = frozenset({Decision.RETURN, Decision.REJECT})
MAX_REASON_CHARS = 2_000
EDITABLE_FIELDS = ("instruction", "response")
