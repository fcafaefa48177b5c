"""Which word was meant where one was typed that English does not have. Pure.

As Peter Norvig's corrector does it (norvig.com/spell-correct.html): of the words one slip of the keys away, the most
frequent. A letter lost, doubled or replaced is seen through in lower case alone, for names differ by a letter.
"""

from functools import cache
from itertools import chain
from pathlib import Path
from string import ascii_lowercase

# Where the words come from: english/README.md.
_ENGLISH = Path(__file__).parent / "english"

# Shorter words have too many neighbours: what was meant by an exchange of letters, and by any other slip.
_LEAST_EXCHANGED, _LEAST_MEANT = 4, 5
# A longer word is no slip, and it is not remembered: such words would fill the memory.
LONGEST_WORD = 40


def spelled(word: str, *, may_be_name: bool) -> str:
    """Return the word that was meant by one in lower case: the same, where it is a word or like none."""
    if not _LEAST_EXCHANGED <= len(word) <= LONGEST_WORD or not word.isalpha() or is_word(word):
        return word
    if may_be_name:
        return _most_frequent(_exchanged(word)) or word
    return _meant(word) or word


def is_slip(one: str, other: str) -> bool:
    """Say whether one of two words is the other with a slip of the keys in it: Brian and Brain are two words.

    Two letters changed places between two unknown words, or a word lost a letter or got one.
    """
    if not all(_LEAST_MEANT <= len(word) <= LONGEST_WORD and word.isalpha() for word in (one, other)):
        return False
    known = is_word(one) + is_word(other)
    if len(one) == len(other):
        return known == 0 and other in _exchanged(one)
    shorter, longer = sorted((one, other), key=len)
    return known == 1 and shorter in (longer[:at] + longer[at + 1 :] for at in range(len(longer)))


def is_word(word: str) -> bool:
    """Say whether a word in lower case, or the one it is the plural of, is an English one."""
    words = _words()
    return word in words or (word.endswith("s") and not word.endswith("ss") and word[:-1] in words)


@cache
def common_words() -> frozenset[str]:
    """Return the common words of English, in lower case."""
    return frozenset(_read("words.txt"))


@cache
def _words() -> dict[str, int]:
    """Return English words with their places: the most frequent has 0."""
    return {word: place for place, word in enumerate(chain(_read("words.txt"), _read("rare_words.txt")))}


def _read(name: str) -> list[str]:
    return (_ENGLISH / name).read_text(encoding="ascii").split()


def _meant(word: str) -> str:
    """Return the word of which another is a slip, the likelier slips first; nothing where it is none."""
    if word.endswith("s") and not word.endswith("ss"):
        singular = _meant(word[:-1])
        return _one_slip_away(word) or (singular and f"{singular}s")
    return _one_slip_away(word)


def _one_slip_away(word: str) -> str:
    if found := _most_frequent(_exchanged(word) | _undoubled(word) | _with_a_letter(word)):
        return found
    return _most_frequent(_with_another_letter(word)) or _most_frequent(_without_a_letter(word))


def _most_frequent(spellings: set[str]) -> str:
    words = _words()
    return min(words.keys() & spellings, key=words.__getitem__, default="")


def _exchanged(word: str) -> set[str]:
    return {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}


def _undoubled(word: str) -> set[str]:
    return {front + back for front, letter, back in _cut(word, least=1) if front[-1] == letter}


def _with_a_letter(word: str) -> set[str]:
    if len(word) + 1 < _LEAST_MEANT:
        return set()
    cuts = [(word[:at], word[at:]) for at in range(1, len(word) + 1)]
    return {front + letter + back for front, back in cuts for letter in ascii_lowercase}


def _with_another_letter(word: str) -> set[str]:
    return {front + letter + back for front, _, back in _cut(word) for letter in ascii_lowercase}


def _without_a_letter(word: str) -> set[str]:
    return {front + back for front, _, back in _cut(word, least=1)}


def _cut(word: str, *, least: int = 0) -> list[tuple[str, str, str]]:
    """Return a word as what is in front of a letter, the letter and what is behind it, but for the first letter.

    Nothing for a word that would be too short with `least` letters less.
    """
    if len(word) - least < _LEAST_MEANT:
        return []
    return [(word[:at], word[at], word[at + 1 :]) for at in range(1, len(word))]
