"""What others decide with whether two instructions are the same: each a score, the higher the more alike."""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from model2vec import StaticModel
from rapidfuzz import fuzz, utils
from rapidfuzz.distance import LCSseq

Score = Callable[[str, str], float]

# The rule of Self-Instruct and Alpaca, which is not fitted.
_SELF_INSTRUCT = 0.7

_WORD = re.compile(r"[a-z0-9]+")


def rouge_l(a: str, b: str) -> float:
    """ROUGE-L F1 over words, as the package rouge-score has it."""
    one, other = _words(a), _words(b)
    return 2 * LCSseq.similarity(one, other) / (len(one) + len(other)) if one and other else 0.0


def pg_trgm(a: str, b: str) -> float:
    """PostgreSQL's `similarity()`: the Jaccard of three-letter runs of words, two spaces before each and one behind."""
    return _jaccard(_trigrams(a), _trigrams(b))


def word_3_jaccard(a: str, b: str) -> float:
    """What datasketch, rensa and text-dedup estimate, here exactly."""
    return _jaccard(_runs_of_words(a), _runs_of_words(b))


def token_set(a: str, b: str) -> float:
    return fuzz.token_set_ratio(a, b, processor=utils.default_process) / 100


def token_sort(a: str, b: str) -> float:
    return fuzz.token_sort_ratio(a, b, processor=utils.default_process) / 100


def semhash(model: Path | str) -> Score:
    """Return the cosine of static embeddings, which SemHash compares with its threshold of .9."""
    encoder = StaticModel.from_pretrained(str(model), normalize=True)

    def cosine(a: str, b: str) -> float:
        one, other = encoder.encode([a, b])
        return float(one @ other)

    return cosine


def peers(model: Path | str | None) -> dict[str, Score]:
    """Return the peers by name. Without a model, SemHash is left out."""
    scores: dict[str, Score] = {
        "ROUGE-L > 0.7": lambda a, b: float(rouge_l(a, b) > _SELF_INSTRUCT),
        "ROUGE-L, fitted": rouge_l,
        "word-3 Jaccard (datasketch, rensa)": word_3_jaccard,
        "pg_trgm": pg_trgm,
        "rapidfuzz token_sort": token_sort,
        "rapidfuzz token_set": token_set,
    }
    return scores if model is None else scores | {"SemHash (model2vec)": semhash(model)}


@lru_cache(maxsize=4)
def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _trigrams(text: str) -> frozenset[str]:
    padded = [f"  {word} " for word in _WORD.findall(text.lower())]
    return frozenset(word[at : at + 3] for word in padded for at in range(len(word) - 2))


def _runs_of_words(text: str) -> frozenset[tuple[str, ...]]:
    words = _words(text)
    return frozenset(tuple(words[at : at + 3]) for at in range(max(1, len(words) - 2)))


def _jaccard(one: frozenset[object], other: frozenset[object]) -> float:
    both = len(one & other)
    return both / max(1, len(one) + len(other) - both)
