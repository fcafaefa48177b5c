from contextlib import suppress

import pytest

from crowd.domain import workflow
from crowd.domain.workflow import Action, IllegalMove, State, actions_from, next_state

TERMINAL = {State.REJECTED, State.WITHDRAWN}


def moves_from(state):
    """What every action leads to, but for those that are refused."""
    for action in Action:
        with suppress(IllegalMove):
            yield action, next_state(state, action)


class TestTheTable:
    @pytest.mark.parametrize(
        ("state", "moves"),
        [
            ("checking", "pass_checks: in_review, withdraw: withdrawn"),
            ("in_review", "approve: approved, reject: rejected, return: returned, withdraw: withdrawn"),
            ("returned", "resubmit: checking, withdraw: withdrawn"),
            ("approved", "resubmit: checking, revoke: rejected, withdraw: withdrawn"),
            ("rejected", ""),
            ("withdrawn", ""),
        ],
    )
    def test_has_these_moves_and_refuses_every_other(self, state, moves):
        assert ", ".join(f"{action}: {after}" for action, after in sorted(moves_from(state))) == moves

    def test_terminal_states_have_no_exit(self):
        assert {state for state in State if not actions_from(state)} == TERMINAL

    def test_every_state_is_reachable(self):
        reached = set(workflow.BEGINNINGS.values())
        for _ in State:
            reached |= {end for (start, _action), end in workflow.MOVES.items() if start in reached}
        assert reached == set(State)

    def test_an_author_withdraws_from_any_state_but_a_terminal_one(self):
        may = {state for state in State if Action.WITHDRAW in actions_from(state)}
        assert may == set(State) - TERMINAL

    def test_only_a_returned_or_an_approved_text_is_sent_again(self):
        may = {state for state in State if Action.RESUBMIT in actions_from(state)}
        assert may == {State.RETURNED, State.APPROVED}

    def test_an_unknown_word_is_no_move(self):
        with pytest.raises(IllegalMove, match="cannot take the action fly"):
            next_state("approved", "fly")


class TestExactCopies:
    def test_only_live_texts_refuse_a_copy(self):
        assert set(workflow.LIVE_STATES) == set(State) - TERMINAL
        assert set(workflow.GONE_STATES) == TERMINAL
