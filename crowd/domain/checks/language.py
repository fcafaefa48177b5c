"""Texts in another language than the contest's.

Identification is poor on little text (“List 3 dogs” is Danish to it, “ok” is Zulu) and on code, names and lists, so a
text is only judged where it has sentences enough, and only objected to where the identification is sure.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from crowd.domain.categories import CategoryRule
from crowd.domain.checks.identification import identifier, likely
from crowd.domain.checks.model import TEXT_FIELDS, Check, Pair, Place, whole
from crowd.domain.checks.phrases import lower

ENGLISH = ("en",)
UNDETERMINED = "undetermined"

_MIN_WORDS = 8
_MIN_LETTERS = 40
_SURE = 0.6  # of another language
_UNLIKELY = 0.05  # of the contest's
_MAX_READ = 2_000  # characters: more change no answer
_MOST_COUNTED = 500  # characters: nor do more than these where only a sure language counts

# What the identifier takes for a language of its own where it is a kind of another: Pidgin and Scots for English.
_KIN = {"en": ("pcm", "sco")}

# One word in five of an English text is one of these, and next to none in another language.
_ENGLISH_WORDS = frozenset(
    ["the", "and", "to", "that", "it", "for", "with", "are", "you", "by", "this", "he", "from"]
)
_ENGLISH_SHARE = 0.05

_WORD = re.compile(r"[^\W\d_]{1,40}")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]{1,200}`", re.DOTALL)
_NOT_PROSE = re.compile(r"[{}<>=;\\_/@]")  # in a word: code, an address, a path
# Scripts of the South and East of Asia: a letter says more there, and half of them are written without spaces.
_ASIAN = re.compile("[\u0900-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ABOUT_LANGUAGE = re.compile(
    r"\b(?:translat|language|in (?:french|spanish|german|italian|portuguese|latin|dutch|russian|hindi|chinese|japanese))"
)


def make_check(languages: Sequence[str] = ENGLISH) -> Check:
    """The check for a contest in these languages (ISO 639-1)."""
    return Check("language", 1, "warning", "pair", _finder(tuple(languages)), prepare=identifier)


def _finder(languages: tuple[str, ...]) -> Callable[[Pair, CategoryRule], Iterator[Place]]:
    def run(pair: Pair, category: CategoryRule) -> Iterator[Place]:
        if _ABOUT_LANGUAGE.search(lower(pair.instruction)):
            return
        for field in TEXT_FIELDS:
            if other := _other_language(pair.text_of(field), languages):
                yield whole(pair, field, _message(other, languages))

    return run


def language_of(value: str) -> str:
    """The language that a text is surely in (ISO 639, or `en` where English's small words stand in it), else UNDETERMINED.

    Made for counting: it reads the beginning alone, and every machine counts the same. Short texts, lists and code are
    undetermined.
    """
    prose = _prose(value[:_MOST_COUNTED])
    words = _WORD.findall(prose)
    if not _is_enough(prose, words):
        return UNDETERMINED
    if _seems_english(words):
        return "en"
    if _is_list(prose, words):
        return UNDETERMINED
    shares = likely(prose)
    best = max(shares, key=shares.__getitem__, default="")
    if shares.get(best, 0) < _SURE:
        return UNDETERMINED
    return next((language for language, kin in _KIN.items() if best in kin), best)


def _other_language(value: str, languages: tuple[str, ...]) -> str:
    """The language that a text is surely in, where it is none of these; else nothing."""
    prose = _prose(value[:_MAX_READ])
    words = _WORD.findall(prose)
    if (
        not _is_enough(prose, words)
        or ("en" in languages and _seems_english(words))
        or _is_list(prose, words)
    ):
        return ""
    shares = likely(prose)
    best = max(shares, key=shares.__getitem__, default="")
    ours = sum(shares.get(code, 0) for language in languages for code in (language, *_KIN.get(language, ())))
    return best if shares.get(best, 0) >= _SURE and ours <= _UNLIKELY else ""


def _is_enough(prose: str, words: list[str]) -> bool:
    """Whether there is text enough to judge."""
    asian = len(_ASIAN.findall(prose))
    return sum(map(len, words)) + 2 * asian >= _MIN_LETTERS and max(len(words), asian // 2) >= _MIN_WORDS


def _seems_english(words: list[str]) -> bool:
    return sum(word.lower() in _ENGLISH_WORDS for word in words) >= _ENGLISH_SHARE * len(words)


def _prose(value: str) -> str:
    value = _CODE.sub(" ", value) if "`" in value else value
    return " ".join(word for word in value.split(" ") if not _NOT_PROSE.search(word))


def _is_list(prose: str, words: list[str]) -> bool:
    """Whether it is names, or things with little said of them: dishes and species are Italian and Latin everywhere."""
    capitals = sum(word[0].isupper() for word in words)
    return capitals * 2 > len(words) or (prose.count(",") + prose.count("\n")) * 4 > len(words)


def _message(found: str, languages: tuple[str, ...]) -> str:
    return f"This seems to be in another language ({found}) than the contest's ({', '.join(languages)}): write it in that."


CHECKS = (make_check(),)
