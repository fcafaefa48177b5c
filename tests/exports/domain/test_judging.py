import math
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.domain.judging import (
    MOVES,
    Action,
    Choice,
    ComparisonState,
    Outcome,
    Tally,
    Verdict,
    exact_interval,
    next_state,
    outcome,
    tuned_is_first,
    turn,
    verdict,
)

verdicts = st.sampled_from(list(Verdict))
judgements = st.lists(st.tuples(st.integers(0, 12), verdicts), max_size=60)
trials = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


class TestStates:
    @pytest.mark.parametrize("state", ComparisonState)
    @pytest.mark.parametrize("action", Action)
    def test_every_move_is_in_the_table_or_refused(self, state, action):
        assert next_state(state, action) == MOVES.get((state, action))

    @pytest.mark.parametrize("state", [ComparisonState.CLOSED, ComparisonState.FAILED])
    def test_what_is_over_stays_over(self, state):
        assert [next_state(state, action) for action in Action] == [None] * len(Action)


class TestWhoIsShownFirst:
    def test_is_the_same_each_time(self):
        asked = [tuned_is_first(seed=1, question=2, person=3) for _ in range(3)]
        assert asked == asked[:1] * 3

    def test_is_each_of_the_two_about_as_often(self):
        firsts = sum(tuned_is_first(seed=5, question=q, person=p) for q in range(40) for p in range(25))
        low, high = exact_interval(firsts, 1_000, confidence=0.9999)
        assert low < 0.5 < high

    def test_tells_nothing_of_a_questions_turn(self):
        ordered = sorted(range(200), key=lambda q: turn(seed=9, question=q, person=1))
        first_half = sum(tuned_is_first(seed=9, question=q, person=1) for q in ordered[:100])
        assert 30 < first_half < 70

    def test_differs_between_people(self):
        orders = {
            tuple(sorted(range(20), key=lambda q: turn(seed=9, question=q, person=person)))
            for person in range(10)
        }
        assert len(orders) == 10


class TestVerdict:
    @pytest.mark.parametrize(
        ("choice", "is_first", "expected"),
        [
            (Choice.A, True, Verdict.WIN),
            (Choice.B, True, Verdict.LOSS),
            (Choice.A, False, Verdict.LOSS),
            (Choice.B, False, Verdict.WIN),
            (Choice.TIE, True, Verdict.TIE),
            (Choice.TIE, False, Verdict.TIE),
        ],
    )
    def test_takes_the_order_into_account(self, choice, is_first, expected):
        assert verdict(choice, tuned_is_first=is_first) == expected


class TestOutcome:
    def test_counts_a_question_once_for_what_most_of_its_judges_preferred(self):
        found = outcome(
            [(1, Verdict.WIN)] * 3
            + [(1, Verdict.LOSS), (2, Verdict.LOSS), (3, Verdict.WIN), (3, Verdict.LOSS), (4, Verdict.TIE)]
        )
        assert (found.questions, found.judgements, found.win_rate) == (Tally(1, 2, 1), Tally(4, 1, 3), 0.5)

    def test_ties_do_not_outvote_a_preference(self):
        assert Tally.of([Verdict.TIE, Verdict.TIE, Verdict.WIN]).verdict == Verdict.WIN

    def test_of_nothing_knows_nothing(self):
        assert outcome([]) == Outcome(Tally(), Tally(), None, 0.0, 1.0)

    def test_many_judges_of_one_question_are_one_question(self):
        assert outcome([(1, Verdict.WIN)] * 1_000).is_significant is False

    def test_one_better_on_every_question_is_better(self):
        found = outcome([(question, Verdict.WIN) for question in range(8)])
        assert (found.win_rate, found.is_significant) == (1.0, True)

    @given(judgements)
    def test_is_mirrored_when_the_models_are_swapped(self, found):
        mirror = {Verdict.WIN: Verdict.LOSS, Verdict.LOSS: Verdict.WIN, Verdict.TIE: Verdict.TIE}
        one, other = outcome(found), outcome([(question, mirror[what]) for question, what in found])
        assert (one.questions.wins, one.questions.ties) == (other.questions.losses, other.questions.ties)
        assert one.low == pytest.approx(1 - other.high, abs=1e-12)
        assert one.is_significant == other.is_significant

    @given(judgements, st.randoms())
    def test_does_not_hang_on_the_order(self, found, random):
        shuffled = random.sample(found, len(found))
        assert outcome(found) == outcome(shuffled)

    def test_rarely_finds_a_difference_between_equals_whose_judges_agree(self):
        """Judges of a question lean the same way, as people do; over all questions the models are equal.

        Counting every judgement by itself, as the control does, finds a difference far more often than it claims to.
        """
        random = Random(20260304)  # noqa: S311 -- a simulation
        claims = by_judgement = 0
        for _ in range(100):
            found = [
                (question, Verdict.WIN if random.random() < leaning else Verdict.LOSS)
                for question in range(30)
                for leaning in [random.choice((0.1, 0.9))]
                for _judge in range(7)
            ]
            claims += outcome(found).is_significant
            by_judgement += outcome([(n, what) for n, (_question, what) in enumerate(found)]).is_significant
        assert exact_interval(claims, 100, confidence=0.999)[0] < 0.05
        assert exact_interval(by_judgement, 100, confidence=0.999)[0] > 0.05


class TestExactInterval:
    @pytest.mark.parametrize(
        ("wins", "count", "low", "high"),
        [
            # scipy 1.17.1: binomtest(wins, count).proportion_ci(method="exact")
            (10, 20, 0.2719578495607913, 0.7280421504392086),
            (7, 10, 0.3475471499399921, 0.9332604888222655),
            (0, 10, 0.0, 0.3084971078187629),
            (5, 5, 0.4781762498950186, 1.0),
            (60, 100, 0.4972091504223335, 0.6967052312971551),
            (61, 100, 0.5073144796322998, 0.7059895851465829),
        ],
    )
    def test_is_a_statistics_librarys(self, wins, count, low, high):
        assert exact_interval(wins, count) == pytest.approx((low, high), abs=1e-11)

    @given(trials)
    def test_holds_the_share(self, found):
        wins, count = found
        low, high = exact_interval(wins, count)
        assert 0 <= low <= high <= 1
        assert count == 0 or low <= wins / count <= high

    @given(trials)
    def test_holds_even_odds_where_the_sign_test_finds_nothing(self, found):
        wins, count = found
        more = max(wins, count - wins)
        one_sided = Fraction(sum(math.comb(count, k) for k in range(more, count + 1)), 2**count)
        low, high = exact_interval(wins, count)
        assert (low <= 0.5 <= high) == (min(1, 2 * one_sided) > Fraction(5, 100))

    def test_narrows_with_the_number_of_questions(self):
        widths = [high - low for low, high in (exact_interval(n // 2, n) for n in (10, 100, 1_000, 10_000))]
        assert widths == sorted(widths, reverse=True)
