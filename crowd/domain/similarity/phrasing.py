"""An instruction in plain words: what only polishes it is left out, and what can be put in many ways is put in one.

Two instructions with the same plain words ask the same. Only English is known: other languages keep all their words.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from crowd.domain.similarity.spelling import LONGEST_WORD, common_words, spelled

# The words that can stand for each other.
_SYNONYMS = Path(__file__).parent / "english" / "synonyms.txt"

# Words that are looked up once: 10 MB of them.
_WORDS_REMEMBERED = 1 << 16
# What closes an instruction is looked for in so many characters at its end.
_CLOSING_CHARACTERS = 120

# Left out at once, wherever they stand.
_FILLERS = frozenset(
    [
        "a",
        "an",
        "the",
        "please",
        "kindly",
        "just",
        "really",
        "actually",
        "basically",
        "simply",
        "exactly",
        "truly",
        "essentially",
        "precisely",
        "specifically",
        "briefly",
    ]
)
# Left out when the phrases that they are part of have been seen.
_SMALL_WORDS = frozenset(["me", "some", "do", "does", "following", "given", "below", "this", "these"])

# Of several words for one thing, one: the rest of a question tells them apart where it matters.
_FORMS = {
    "which": "what",
    "has": "have",
    "could": "can",
    **{
        word: str(number)
        for number, word in enumerate(
            ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
            start=2,
        )
    },
}
# Words that end in s and are not what they are without it.
_NO_PLURALS = frozenset(
    [
        "alas",
        "always",
        "arms",
        "atlas",
        "besides",
        "bias",
        "bus",
        "canvas",
        "chaos",
        "christmas",
        "cosmos",
        "customs",
        "economics",
        "ethics",
        "gas",
        "glasses",
        "goods",
        "his",
        "hers",
        "its",
        "lens",
        "less",
        "mathematics",
        "means",
        "news",
        "ours",
        "perhaps",
        "physics",
        "plus",
        "politics",
        "series",
        "sometimes",
        "species",
        "states",
        "statistics",
        "theirs",
        "towards",
        "unless",
        "was",
        "yes",
        "yours",
    ]
)

_CONTRACTIONS = (
    (re.compile(r"\b(what|who|where|when|why|how|that|it|there|here) s\b"), r"\1 is"),
    (re.compile(r"\bwhats\b"), "what is"),
    (re.compile(r"\b(do|does|did|is|are|was|were|could|would|should|has|have|had)n t\b"), r"\1 not"),
    (re.compile(r"\bcan(?: t\b|not\b)"), "can not"),
    (re.compile(r"\bi m\b"), "i am"),
    (re.compile(r"\b(you|we|they) re\b"), r"\1 are"),
)
# One of these words is in every contraction, and one of those at the end of every closing.
_CONTRACTED = frozenset(("s", "t", "m", "re", "whats", "cannot"))
_LAST_WORDS = (
    "thanks",
    "thank you",
    "thx",
    "cheers",
    "much",
    "lot",
    "advance",
    "again",
    "help",
    "can",
    "could",
    "possible",
    "me",
)
# What comes in front of an instruction or behind it and asks nothing. What consists of nothing else stays whole.
_OPENING = re.compile(
    r"(?:(?:hi|hello|hey|greetings|good (?:morning|afternoon|evening))(?: there| everyone| all)? "
    r"|(?:ok|okay|so|well) "
    r"|(?:(?:my|one|quick|simple|short|here is) )*question(?: for you)? "
    r"|(?:can|could|would|will) (?:you|u) "
    r"|(?:help|tell|remind|let) (?:me|us)(?: to)?(?: know| understand)?(?: with)?(?: this)? "
    r"|(?:i|we)(?: would| d)? (?:want|like|need|love|wish)(?: you)? to (?:know|ask|understand|learn|hear|find out) "
    r"|(?:i|we) (?:am|are|was|were) (?:curious|wondering|interested)(?: to know)? "
    r"|(?:i|we) (?:wonder|need(?: your| some)? help(?: with)?|have question) "
    r"|do you (?:know|happen to know|have any idea) "
    r"|out of curiosity |any idea |if (?:you (?:can|could|would|do not mind)|possible) "
    r"|thank you |thanks |in advance )+"
)
_CLOSING = re.compile(
    r"(?: (?:thanks|thank you|thx|cheers)(?: (?:so|very) much| lot| in advance| again| for your help)*"
    r"| if (?:you (?:can|could)|possible)| for me)+$"
)
# Each with a word without which it cannot match.
_SAME_TASK = (
    ("how", re.compile(r"\bhow (?:do|does|can|could) (?:i|you|we|one|someone|somebody|people)\b"), "how to"),
    ("are", re.compile(r"\b(what|where|when|why|how) are\b"), r"\1 is"),
    ("were", re.compile(r"\b(what|where|when|why|how) were\b"), r"\1 was"),
    (
        "list",
        re.compile(
            r"^(?:make|create|give|provide|write|generate|compose|produce)(?: me| us)? list(?: of)?\b"
        ),
        "list",
    ),
    ("order", re.compile(r"\bin order to\b"), "to"),
    ("some", re.compile(r"\bsome of\b"), "some"),
)


def plain_words(typed: list[str]) -> tuple[list[str], list[str]]:
    """Return an instruction's words: all of them but fillers, and the plain ones that carry the question.

    `typed` are the words as typed. Neither result is empty.
    """
    lower = list(map(_READ.__getitem__, _first_as_others(typed)))
    if "A" in typed:
        lower = [_letter_a(at, typed) if word == "A" else lower[at] for at, word in enumerate(typed)]
    words = list(filter(None, lower)) or [word.lower() for word in typed]
    whole = " ".join(words)
    if not _CONTRACTED.isdisjoint(words):
        for pattern, said in _CONTRACTIONS:
            whole = pattern.sub(said, whole)
    asked = _asked(whole).split()
    carrying = [word for word in asked if word not in _SMALL_WORDS] or asked
    return words, list(map(_PLAIN.__getitem__, carrying))


def _asked(whole: str) -> str:
    """Leave out what opens and closes an instruction, and put its task in the plainest way."""
    opening = _OPENING.match(whole)
    asked = whole[opening.end() :] if opening else whole
    if asked.endswith(_LAST_WORDS):
        closing = _CLOSING.search(asked, max(0, len(asked) - _CLOSING_CHARACTERS))
        asked = asked[: closing.start()] if closing else asked
    asked = asked or whole
    for needed, pattern, said in _SAME_TASK:
        if needed in asked:
            asked = pattern.sub(said, asked)
    return asked


def _first_as_others(typed: list[str]) -> list[str]:
    """Take the capital from an instruction's first word, which has one for standing there, if no name begins with it."""
    first, *others = typed
    is_name = not first[1:].islower() or (others and others[0][:1].isupper())
    return typed if is_name else [first.lower(), *others]


def _letter_a(at: int, typed: list[str]) -> str:
    """Tell the capital A that is an article, at the start or in front of another capital, from the one that is a name.

    "A Song of Ice and Fire" has an article, vitamin A has none. Return nothing for an article.
    """
    behind = typed[at + 1][:1] if at + 1 < len(typed) else ""
    return "" if at == 0 or behind.isupper() else "a"


def _read(word: str) -> str:
    """Return a word in lower case and as it is spelled, and nothing for a filler."""
    meant = spelled(word.lower(), may_be_name=not word.islower())
    return "" if meant in _FILLERS else meant


@cache
def plainest() -> dict[str, str]:
    """Return, for each word that others can stand for, the first of its group."""
    lines = _SYNONYMS.read_text(encoding="utf-8").splitlines()
    groups = [line.split() for line in lines if line and not line.startswith("#")]
    return {word: group[0] for group in groups for word in group}


def _plain(word: str) -> str:
    if word in _FORMS:
        return _FORMS[word]
    groups = plainest()
    if word in groups:
        return groups[word]
    singular = _singular(word)
    return groups.get(singular, singular)


def _singular(word: str) -> str:
    """Take a plural's ending off, or a verb's, where it leaves a word."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")) or word in _NO_PLURALS:
        return word
    stems = (
        word[:-3] + "y" if word.endswith("ies") else "",
        word[:-1],
        word[:-2] if word.endswith("es") else "",
    )
    return next((stem for stem in stems if stem in common_words()), word)


class _Remembered(dict[str, str]):
    """What a function says of words, each asked once. `lru_cache` keeps an order besides, which takes longer than this."""

    def __init__(self, function: Callable[[str], str]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, word: str) -> str:
        said = self._function(word)
        if len(word) <= LONGEST_WORD:
            if len(self) >= _WORDS_REMEMBERED:
                self.clear()
            self[word] = said
        return said


_READ, _PLAIN = _Remembered(_read), _Remembered(_plain)
