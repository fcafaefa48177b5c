import pytest

from exports.domain.release import (
    MOVES,
    Action,
    Choice,
    IllegalMove,
    State,
    is_version,
    next_state,
    precedence,
    suggest_version,
)


class TestVersions:
    @pytest.mark.parametrize("version", ["0.0.1", "1.0.0", "10.20.30", "1.0.0-rc.1", "1.0.0-alpha-2.x"])
    def test_are_semantic(self, version):
        assert is_version(version)

    @pytest.mark.parametrize(
        "version",
        [
            "",
            "1",
            "1.0",
            "v1.0.0",
            "01.0.0",
            "1.0.0-",
            "1.0.0-01",
            "1.0.0+x",
            "../1.0.0",
            "1.0.0\n",
            "１.0.0",
        ],
    )
    def test_are_nothing_else(self, version):
        assert not is_version(version)

    def test_sort_as_semver_says(self):
        ordered = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0",
            "1.10.0",
        ]
        assert sorted(set(ordered), key=precedence) == ordered

    @pytest.mark.parametrize(
        ("taken", "suggested"),
        [
            ([], "1.0.0"),
            (["1.0.0", "0.9.0"], "1.1.0"),
            (["1.9.3", "1.10.0"], "1.11.0"),
            (["2.0.0-rc.1"], "2.0.0"),
        ],
    )
    def test_the_next_one_is_suggested(self, taken, suggested):
        assert suggest_version(taken) == suggested


class TestMoves:
    @pytest.mark.parametrize("state", list(State))
    @pytest.mark.parametrize("action", list(Action))
    def test_every_pair_is_in_the_table_or_refused(self, state, action):
        if (state, action) in MOVES:
            assert next_state(state, action) == MOVES[state, action]
        else:
            with pytest.raises(IllegalMove):
                next_state(state, action)

    def test_a_ready_release_stays_ready(self):
        assert {after for (before, _), after in MOVES.items() if before == State.READY} == {State.READY}


class TestChoice:
    def test_survives_being_stored_as_json(self):
        choice = Choice("research", "", ("open_qa",), (), ("alpaca",))
        stored = {name: list(v) if isinstance(v, tuple) else v for name, v in choice.as_options().items()}
        assert Choice.from_options(stored) == choice
