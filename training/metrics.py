"""How near an answer comes to the one that a person wrote: SQuAD's measures where few answers are right, ROUGE-L for summaries."""

import re
import string
from collections import Counter
from typing import Final

from rouge_score.rouge_scorer import RougeScorer

# Categories whose answers stand in the text or among the choices, so that they are right or wrong.
CLOSED: Final = frozenset({"closed_qa", "classification", "information_extraction"})
SUMMARIES: Final = frozenset({"summarization"})

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_WORDS = re.compile(r"[^\W_]+")


def normalised(text: str) -> str:
    """Lower case without punctuation, articles and extra white space (SQuAD's `evaluate-v2.0.py`, `normalize_answer`)."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(answer: str, expected: str) -> bool:
    """Whether both are the same once normalised."""
    return normalised(answer) == normalised(expected)


def token_f1(answer: str, expected: str) -> float:
    """0 to 1: the harmonic mean of how many of the answer's words were expected, and how many expected ones are there.

    As in SQuAD's `compute_f1`, where one of them has no words they agree only if neither has.
    """
    ours, theirs = normalised(answer).split(), normalised(expected).split()
    if not ours or not theirs:
        return float(ours == theirs)
    shared = (Counter(ours) & Counter(theirs)).total()
    return 2 * shared / (len(ours) + len(theirs))


def rouge_l(answer: str, expected: str) -> float:
    """0 to 1: ROUGE-L's F1 over words, as the package rouge-score finds it."""
    return float(_ROUGE.score(expected, answer)["rougeL"].fmeasure)


class _Words:
    """The package's own splitting knows a to z alone; on such texts this gives the same words."""

    def tokenize(self, text: str) -> list[str]:
        return _WORDS.findall(text.lower())


_ROUGE: Final = RougeScorer(["rougeL"], tokenizer=_Words())
