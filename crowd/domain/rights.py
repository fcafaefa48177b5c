"""What leaving means: what of a person's records goes with them, and what their row looks like afterwards. Pure."""

from enum import StrEnum

from crowd.domain.workflow import MOVES, Action

# No mail can ever reach it, and nobody can sign in with it (RFC 2606).
ERASED_DOMAIN = "@left.invalid"

# From where an author can take a text back.
WITHDRAWABLE = tuple(state for state, action in MOVES if action is Action.WITHDRAW)


class Records(StrEnum):
    """What becomes of the records of somebody who leaves. The grant leaves both to them."""

    KEEP = "keep"
    WITHDRAW = "withdraw"


def erased_email(person: int) -> str:
    """What stands in the place of an e-mail address: the column is unique, and the address is free again."""
    return f"left-{person}{ERASED_DOMAIN}"
