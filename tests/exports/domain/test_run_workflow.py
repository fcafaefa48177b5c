import pytest

from exports.domain.run_workflow import (
    FINAL_STATES,
    MOVES,
    Action,
    IllegalMove,
    State,
    actions_from,
    next_state,
)


class TestTheTable:
    @pytest.mark.parametrize("state", State)
    @pytest.mark.parametrize("action", Action)
    def test_has_every_pair_or_refuses_it(self, state, action):
        if (state, action) in MOVES:
            assert next_state(state, action) == MOVES[state, action]
        else:
            with pytest.raises(IllegalMove, match=f"{state} cannot take the action {action}"):
                next_state(state, action)

    @pytest.mark.parametrize("state", FINAL_STATES)
    def test_leaves_no_final_state(self, state):
        assert actions_from(state) == frozenset()

    def test_reaches_every_state(self):
        assert {State.QUEUED, *MOVES.values()} == set(State)

    def test_a_word_that_is_no_state_is_refused(self):
        with pytest.raises(IllegalMove):
            next_state("sleeping", "start")
