"""Blind judging of two models' answers: a comparison's states, whose answer is shown first, and what it came to. Pure.

A question's answers are judged by several people, who tend to agree: their judgements are no independent trials, and
an interval over them would be too narrow. So each question counts once, for the model that most of its judges
preferred, and the interval is over the questions.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

CONFIDENCE = 0.95
EVEN = 0.5
# Each halving adds a bit; a float between 0 and 1 has no more of them.
HALVINGS = 60


class ComparisonState(StrEnum):
    """Where a comparison stands."""

    ANSWERING = "answering"
    OPEN = "open"
    CLOSED = "closed"
    FAILED = "failed"


class Action(StrEnum):
    """What can happen to a comparison. An event records the action by this name."""

    ASK = "ask"
    OPEN = "open"  # every answer is there
    FAIL = "fail"
    CLOSE = "close"  # nobody judges any more, and everybody may know which was which


MOVES: dict[tuple[ComparisonState, Action], ComparisonState] = {
    (ComparisonState.ANSWERING, Action.OPEN): ComparisonState.OPEN,
    (ComparisonState.ANSWERING, Action.FAIL): ComparisonState.FAILED,
    (ComparisonState.ANSWERING, Action.CLOSE): ComparisonState.CLOSED,
    (ComparisonState.OPEN, Action.CLOSE): ComparisonState.CLOSED,
}


class Choice(StrEnum):
    """What a judge says of answer A, shown first, and answer B."""

    A = "a"
    B = "b"
    TIE = "tie"


class Verdict(StrEnum):
    """The same once it is known which answer was the tuned model's."""

    WIN = "win"
    TIE = "tie"
    LOSS = "loss"


def next_state(state: str, action: str) -> ComparisonState | None:
    """The state that `action` leads to from `state`, or None where the table has no such move."""
    return MOVES.get((ComparisonState(state), Action(action)))


def tuned_is_first(*, seed: int, question: int, person: int) -> bool:
    """Whether this person sees the tuned model's answer to this question as A: a coin that falls the same way each time."""
    return bool(_digest(seed, question, person)[0] & 1)


def turn(*, seed: int, question: int, person: int) -> bytes:
    """Questions in the order of their turns are in an order of this person's own."""
    return _digest(seed, question, person)[1:]


def verdict(choice: str, *, tuned_is_first: bool) -> Verdict:
    """What a judge's choice says of the tuned model."""
    if choice == Choice.TIE:
        return Verdict.TIE
    return Verdict.WIN if (choice == Choice.A) == tuned_is_first else Verdict.LOSS


@dataclass(frozen=True)
class Tally:
    """How often the tuned model was preferred, and the other one."""

    wins: int = 0
    ties: int = 0
    losses: int = 0

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> Self:
        found = list(verdicts)
        return cls(*(found.count(kind) for kind in (Verdict.WIN, Verdict.TIE, Verdict.LOSS)))

    @property
    def total(self) -> int:
        return self.wins + self.ties + self.losses

    @property
    def decided(self) -> int:
        return self.wins + self.losses

    @property
    def verdict(self) -> Verdict:
        """What most say, ties aside."""
        if self.wins == self.losses:
            return Verdict.TIE
        return Verdict.WIN if self.wins > self.losses else Verdict.LOSS


@dataclass(frozen=True)
class Outcome:
    """What a comparison came to. The rate is of the questions that were decided for one of the models."""

    questions: Tally
    judgements: Tally
    win_rate: float | None  # None where no question was decided
    low: float
    high: float

    @property
    def is_significant(self) -> bool:
        """Whether even odds lie outside the interval."""
        return not self.low <= EVEN <= self.high


def outcome(judgements: Iterable[tuple[int, Verdict]]) -> Outcome:
    """`judgements`: the question's number with what one person found, in any order."""
    by_question: defaultdict[int, list[Verdict]] = defaultdict(list)
    for question, found in judgements:
        by_question[question].append(found)
    tallies = [Tally.of(found) for found in by_question.values()]
    questions = Tally.of(tally.verdict for tally in tallies)
    low, high = exact_interval(questions.wins, questions.decided)
    return Outcome(
        questions=questions,
        judgements=Tally.of(found for some in by_question.values() for found in some),
        win_rate=questions.wins / questions.decided if questions.decided else None,
        low=low,
        high=high,
    )


def exact_interval(wins: int, trials: int, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Clopper and Pearson's interval for a binomial proportion (Biometrika 26, 1934).

    It holds the true proportion in at least `confidence` of all samples, however small they are, and holds 1/2 exactly
    where the two-sided sign test finds no difference. Written out because scipy would be a heavy guest for two roots.
    """
    tail = (1 - confidence) / 2
    return _lower_end(wins, trials, tail), 1 - _lower_end(trials - wins, trials, tail)


def _lower_end(wins: int, trials: int, tail: float) -> float:
    """The proportion at which so many wins or more have the probability `tail`; 0 where there are none."""
    if not wins:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_least(wins, trials, middle) < tail else (low, middle)
    return low


def _at_least(wins: int, trials: int, proportion: float) -> float:
    """The probability of `wins` or more in so many trials; by logarithms, as the coefficients outgrow a float."""
    if not 0 < proportion < 1:
        return proportion
    yes, no, ways = math.log(proportion), math.log1p(-proportion), math.lgamma(trials + 1)
    return math.fsum(
        math.exp(ways - math.lgamma(k + 1) - math.lgamma(trials - k + 1) + k * yes + (trials - k) * no)
        for k in range(wins, trials + 1)
    )


def _digest(*numbers: int) -> bytes:
    return hashlib.sha256("/".join(map(str, numbers)).encode()).digest()
