import pytest

from exports.domain.run_workflow import (
    FINAL_STATES,
    MOVES,
    Action,
    IllegalMove,
    RunState,
    actions_from,
    next_state,
)


class TestTheTable:
    @pytest.mark.parametrize("state", RunState)
    @pytest.mark.parametrize("action", Action)
    def test_has_every_pair_or_refuses_it(self, state, action):
        if (state, action) in MOVES:
            assert next_state(state, action) == MOVES[state, action]
        else:
            with pytest.raises(IllegalMove, match=f"{state} cannot take the action {action}"):
                next_state(state, action)

    def test_leaves_a_final_state_only_where_a_person_resumes_what_has_no_model(self):
        assert {state: actions_from(state) for state in FINAL_STATES} == {
            RunState.SUCCEEDED: frozenset(),
            RunState.FAILED: {Action.RESUME},
            RunState.CANCELLED: {Action.RESUME},
        }

    def test_reaches_every_state(self):
        assert {RunState.QUEUED, *MOVES.values()} == set(RunState)

    def test_a_word_that_is_no_state_is_refused(self):
        with pytest.raises(IllegalMove):
            next_state("sleeping", "start")
