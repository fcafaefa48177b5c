from collections import Counter
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.checks import Finding
from crowd.domain.recheck import ENDS, Action, State, compare


@dataclass(frozen=True)
class Row:
    """A stored finding."""

    rule: str
    severity: str
    field: str
    start: int
    end: int
    message: str


def as_row(finding):
    return Row(finding.rule, finding.severity, finding.field, finding.start, finding.end, finding.message)


findings = st.builds(
    Finding,
    rule=st.sampled_from(["copy.context", "length.short"]),
    severity=st.sampled_from(["warning", "info"]),
    field=st.sampled_from(["instruction", "response"]),
    start=st.integers(0, 2),
    end=st.integers(2, 3),
    message=st.sampled_from(["Look here.", "Look there."]),
)
some = st.lists(findings, max_size=8)

ONE = Finding("length.short", "info", "response", 0, 4, "This is short.")


class TestCompare:
    def test_keeps_what_is_found_again(self):
        found = compare([as_row(ONE)], [ONE])
        assert (found.new, found.gone, [kept.is_changed for kept in found.kept]) == ([], [], [False])

    def test_keeps_what_is_said_otherwise(self):
        for now in (replace(ONE, severity="warning"), replace(ONE, message="Say more.")):
            (kept,) = compare([as_row(ONE)], [now]).kept
            assert (kept.now, kept.is_changed) == (now, True)

    def test_tells_another_place_from_this_one(self):
        now = replace(ONE, field="instruction")
        found = compare([as_row(ONE)], [now])
        assert (found.new, found.gone, found.kept) == ([now], [as_row(ONE)], [])

    @given(some, some)
    def test_accounts_for_every_finding_once(self, before, now):
        stored = [as_row(finding) for finding in before]
        compared = compare(stored, now)
        assert Counter(compared.gone) + Counter(kept.before for kept in compared.kept) == Counter(stored)
        assert Counter(compared.new) + Counter(kept.now for kept in compared.kept) == Counter(now)

    @given(some, some)
    def test_keeps_all_that_has_the_same_place(self, before, now):
        compared = compare([as_row(finding) for finding in before], now)
        places = {(finding.rule, finding.field, finding.start, finding.end) for finding in compared.new}
        assert places & {(row.rule, row.field, row.start, row.end) for row in compared.gone} == set()

    @given(some)
    def test_the_same_again_changes_nothing_in_any_order(self, now):
        stored = sorted((as_row(finding) for finding in now), key=repr)
        compared = compare(stored, sorted(now, key=repr))
        assert (compared.new, compared.gone) == ([], [])
        assert [kept.is_changed for kept in compared.kept] == [False] * len(now)


class TestEnds:
    def test_every_state_but_the_first_is_an_end(self):
        assert {*ENDS.values(), State.RUNNING} == set(State)
        assert {*ENDS, Action.BEGIN} == set(Action)
