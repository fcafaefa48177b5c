"""The submission's states and the only legal moves between them. Pure: nothing here stores or changes anything.

`services/transitions.move()` applies this table; pages draw their buttons from it, so page and rule cannot disagree.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a submission stands. A claim is a row of its own, not a state."""

    CHECKING = "checking"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What can happen to a submission. An event records the action by this name."""

    SUBMIT = "submit"
    IMPORT = "import"
    IMPORT_APPROVED = "import_approved"
    PASS_CHECKS = "pass_checks"  # noqa: S105 -- a move, no password
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    RESUBMIT = "resubmit"
    WITHDRAW = "withdraw"
    REVOKE = "revoke"


class IllegalMove(Exception):
    """This action is not possible from the state the submission is in."""

    def __init__(self, state: str, action: str) -> None:
        super().__init__(f"A submission that is {state} cannot take the action {action}.")
        self.state = state
        self.action = action


# How a submission begins. Imported rows were checked by the command that brought them, so they skip `checking`.
BEGINNINGS: dict[Action, State] = {
    Action.SUBMIT: State.CHECKING,
    Action.IMPORT: State.IN_REVIEW,
    Action.IMPORT_APPROVED: State.APPROVED,
}

MOVES: dict[tuple[State, Action], State] = {
    (State.CHECKING, Action.PASS_CHECKS): State.IN_REVIEW,
    (State.CHECKING, Action.WITHDRAW): State.WITHDRAWN,
    (State.IN_REVIEW, Action.APPROVE): State.APPROVED,
    (State.IN_REVIEW, Action.RETURN): State.RETURNED,
    (State.IN_REVIEW, Action.REJECT): State.REJECTED,
    (State.IN_REVIEW, Action.WITHDRAW): State.WITHDRAWN,
    (State.RETURNED, Action.RESUBMIT): State.CHECKING,
    (State.RETURNED, Action.WITHDRAW): State.WITHDRAWN,
    (State.APPROVED, Action.RESUBMIT): State.CHECKING,
    (State.APPROVED, Action.WITHDRAW): State.WITHDRAWN,
    (State.APPROVED, Action.REVOKE): State.REJECTED,
}

# An exact copy of a text in one of these states is refused; rejected and withdrawn texts may be sent again.
LIVE_STATES = (State.CHECKING, State.IN_REVIEW, State.RETURNED, State.APPROVED)
GONE_STATES = (State.REJECTED, State.WITHDRAWN)


def next_state(state: str, action: str) -> State:
    """The state that `action` leads to from `state`. Raises IllegalMove where the table has no such move."""
    try:
        return MOVES[State(state), Action(action)]
    except (KeyError, ValueError):
        raise IllegalMove(state, action) from None


def actions_from(state: str) -> frozenset[Action]:
    """Every action that is legal from `state`."""
    return frozenset(action for (start, action) in MOVES if start == state)
