import itertools

import pytest

from crowd.domain import workflow
from crowd.domain.workflow import Action, IllegalMove, State, actions_from, next_state

EVERY_PAIR = list(itertools.product(State, Action))
TERMINAL = {State.REJECTED, State.WITHDRAWN}


class TestTheTable:
    @pytest.mark.parametrize(("state", "action"), EVERY_PAIR)
    def test_every_pair_is_a_move_or_refused(self, state, action):
        if (state, action) in workflow.MOVES:
            assert next_state(state, action) == workflow.MOVES[state, action]
        else:
            with pytest.raises(IllegalMove):
                next_state(state, action)

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
