"""A run's states and the only legal moves between them, and a question's to its model. Pure."""

from enum import StrEnum


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What can happen to a run. An event records the action by this name."""

    QUEUE = "queue"
    START = "start"
    TAKE_OVER = "take_over"  # a worker was lost, and another goes on from the last checkpoint
    PAUSE = "pause"  # the worker stops; the run waits for the next one
    SUCCEED = "succeed"
    FAIL = "fail"
    ASK_TO_STOP = "ask_to_stop"
    CANCEL = "cancel"
    RESUME = "resume"  # an admin lets a run that was over go on from its last checkpoint


class IllegalMove(Exception):
    """This action is not possible from the state the run is in."""

    def __init__(self, state: str, action: str) -> None:
        super().__init__(f"A run that is {state} cannot take the action {action}.")
        self.state = state
        self.action = action


MOVES: dict[tuple[RunState, Action], RunState] = {
    (RunState.QUEUED, Action.START): RunState.RUNNING,
    (RunState.QUEUED, Action.CANCEL): RunState.CANCELLED,
    (RunState.QUEUED, Action.FAIL): RunState.FAILED,
    (RunState.RUNNING, Action.TAKE_OVER): RunState.RUNNING,
    (RunState.RUNNING, Action.PAUSE): RunState.QUEUED,
    (RunState.RUNNING, Action.SUCCEED): RunState.SUCCEEDED,
    (RunState.RUNNING, Action.FAIL): RunState.FAILED,
    (RunState.RUNNING, Action.ASK_TO_STOP): RunState.RUNNING,
    (RunState.RUNNING, Action.CANCEL): RunState.CANCELLED,
    (RunState.FAILED, Action.RESUME): RunState.QUEUED,
    (RunState.CANCELLED, Action.RESUME): RunState.QUEUED,
}

# Over, though some of them can be resumed: nobody trains, and nobody will unless a person asks for it.
FINAL_STATES = (RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED)


class QuestionState(StrEnum):
    """Where a question to a model stands. Only its job moves it: back to waiting when a worker stops."""

    WAITING = "waiting"
    ANSWERING = "answering"
    ANSWERED = "answered"
    FAILED = "failed"


OPEN_QUESTION_STATES = (QuestionState.WAITING, QuestionState.ANSWERING)


def next_state(state: str, action: str) -> RunState:
    """The state that `action` leads to from `state`. Raises IllegalMove where the table has no such move."""
    try:
        return MOVES[RunState(state), Action(action)]
    except (KeyError, ValueError):
        raise IllegalMove(state, action) from None


def actions_from(state: str) -> frozenset[Action]:
    """Every action that is legal from `state`."""
    return frozenset(action for (start, action) in MOVES if start == state)
