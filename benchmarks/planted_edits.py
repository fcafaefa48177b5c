"""Edits of an instruction or of a record that leave it the same, and those that make it another one.

An edit takes a text, the vocabulary to draw from and a seeded `random.Random`; it returns the new text, or None where
the text offers nothing to edit.
"""

import random
import re
from collections.abc import Callable
from string import ascii_lowercase

from benchmarks.planted_words import Vocabulary

Edit = Callable[[str, Vocabulary, random.Random], str | None]

_WORD = re.compile(r"[A-Za-z]+")
_ARTICLE = re.compile(r"\b(?:a|an|the) ", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
# A capital inside a sentence, and no sentence's first word: a name, in English.
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*")
_TYPOGRAPHY = (
    ("'", "\u2019"),
    ('"', "\u201d"),
    ("-", "\u2011"),
    ("fi", "\ufb01"),
    (" ", "\u00a0"),
    ("...", "\u2026"),
)
# Words too plain to be the topic of anything.
_PLAIN = frozenset(
    [
        "what",
        "which",
        "when",
        "where",
        "does",
        "have",
        "from",
        "with",
        "that",
        "this",
        "these",
        "those",
        "their",
        "there",
        "would",
        "could",
        "should",
        "about",
        "into",
        "your",
        "following",
        "give",
        "list",
        "write",
        "tell",
        "name",
        "some",
        "many",
        "much",
        "more",
        "most",
        "best",
        "between",
        "classify",
        "identify",
        "explain",
        "describe",
        "given",
        "text",
        "passage",
        "paragraph",
        "paragraphs",
        "based",
    ]
)


def case_and_punctuation(text: str, _: Vocabulary, rng: random.Random) -> str | None:
    recased = rng.choice((str.lower, str.upper, str.title, str))(text)
    return rng.choice(
        (recased.rstrip("?.!"), recased.rstrip("?.!") + " ?", recased + "!", recased.replace(" ", "  "))
    )


def typography(text: str, _: Vocabulary, rng: random.Random) -> str | None:
    """Curly quotes, a no-break space, a ligature, and a zero-width space somewhere."""
    for plain, fancy in _TYPOGRAPHY:
        text = text.replace(plain, fancy, rng.randint(1, 3))
    at = rng.randrange(len(text) + 1)
    return text[:at] + "\u200b" + text[at:]


def letters_transposed(text: str, _: Vocabulary, rng: random.Random) -> str | None:
    spots = [
        at
        for word in _WORD.finditer(text)
        if len(word.group()) > 3
        for at in range(word.start(), word.end() - 1)
        if text[at].lower() != text[at + 1].lower()
    ]
    if not spots:
        return None
    at = rng.choice(spots)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def letter_lost(text: str, _: Vocabulary, rng: random.Random) -> str | None:
    at = _inside_a_word(text, rng)
    return None if at is None else text[:at] + text[at + 1 :]


def letter_doubled(text: str, _: Vocabulary, rng: random.Random) -> str | None:
    at = _inside_a_word(text, rng)
    return None if at is None else text[:at] + text[at] + text[at:]


def letter_replaced(text: str, _: Vocabulary, rng: random.Random) -> str | None:
    at = _inside_a_word(text, rng)
    return None if at is None else text[:at] + rng.choice(ascii_lowercase) + text[at + 1 :]


def articles_dropped(text: str, _: Vocabulary, rng: random.Random) -> str | None:
    dropped = _ARTICLE.sub("", text)
    return dropped if dropped != text else None


def courtesy(text: str, words: Vocabulary, rng: random.Random) -> str | None:
    frame = rng.choice(words.courtesies)
    if frame.startswith("{}"):
        return frame.format(text)
    return frame.format(text[:1].lower() + text[1:] if rng.random() < 0.5 else text)


def synonym_or_filler(text: str, words: Vocabulary, rng: random.Random) -> str | None:
    """Exchange a word for its synonym; where none fits, put a filler behind the first word or the second."""
    both_ways = dict(words.synonyms) | {other: one for one, other in words.synonyms}
    fits = [word for word in _WORD.finditer(text) if word.group().lower() in both_ways]
    if fits and rng.random() < 0.8:
        word = rng.choice(fits)
        other = both_ways[word.group().lower()]
        return text[: word.start()] + _cased_like(word.group(), other) + text[word.end() :]
    typed = text.split(" ")
    typed.insert(rng.choice((1, 2)), rng.choice(words.fillers))
    return " ".join(typed)


def halves_exchanged(text: str, _: Vocabulary, rng: random.Random) -> str | None:
    end = re.search(r"[?.!]*$", text)[0]
    typed = text[: len(text) - len(end)].split()
    if len(typed) < 4:
        return None
    commas = [at + 1 for at, word in enumerate(typed[:-1]) if word.endswith(",")]
    at = rng.choice(commas) if commas else len(typed) // 2
    return " ".join([*typed[at:], *typed[:at]]).rstrip(",") + end


def word_added(text: str, words: Vocabulary, rng: random.Random) -> str | None:
    """Put a word that narrows it before a topic: a half marathon is no marathon."""
    spot = _topic(text, rng)
    return (
        None if spot is None else text[: spot.start()] + rng.choice(words.added) + " " + text[spot.start() :]
    )


def name_swapped(text: str, words: Vocabulary, rng: random.Random) -> str | None:
    names = list(_NAME.finditer(text))
    return _replaced(text, rng.choice(names), rng.choice(words.names)) if names else None


def topic_swapped(text: str, words: Vocabulary, rng: random.Random) -> str | None:
    spot = _topic(text, rng)
    return None if spot is None else _replaced(text, spot, rng.choice(words.things))


def number_changed(text: str, _: Vocabulary, rng: random.Random) -> str | None:
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        return None
    spot = rng.choice(numbers)
    return _replaced(text, spot, str(int(spot.group()[-9:]) + rng.randint(1, 9)))


def words_edited(text: str, words: Vocabulary, rng: random.Random) -> str | None:
    """Replace, drop or double 3 % of the words, one at least."""
    typed = text.split(" ")
    for _ in range(max(1, round(0.03 * len(typed)))):
        at = rng.randrange(len(typed))
        typed[at : at + 1] = rng.choice(
            ([rng.choice(words.fillers)], [], [typed[at], rng.choice(words.fillers)])
        )
    return " ".join(typed) or None


def typos(text: str, _: Vocabulary, rng: random.Random) -> str | None:
    """Swap, drop or double a letter, once in 150 characters, once at least."""
    letters = list(text)
    for _ in range(max(1, len(letters) // 150)):
        at = rng.randrange(max(1, len(letters) - 1))
        letters[at : at + 2] = rng.choice(
            (letters[at : at + 2][::-1], letters[at + 1 : at + 2], [letters[at], *letters[at : at + 2]])
        )
    return "".join(letters)


def sentence_added(text: str, words: Vocabulary, rng: random.Random) -> str | None:
    return f"{text} {rng.choice(words.sentences)}"


def sentence_moved(text: str, _: Vocabulary, rng: random.Random) -> str | None:
    sentences = re.split(r"(?<=[.!?])\s+", text)
    if len(sentences) < 2:
        return None
    sentences.append(sentences.pop(rng.randrange(len(sentences) - 1)))
    return " ".join(sentences)


# Edits of an instruction after which it asks the same, and hard negatives, which ask something else.
SAME_INSTRUCTION: dict[str, Edit] = {
    "case and punctuation": case_and_punctuation,
    "unicode": typography,
    "letters transposed": letters_transposed,
    "letter lost": letter_lost,
    "letter doubled": letter_doubled,
    "letter replaced": letter_replaced,
    "articles dropped": articles_dropped,
    "courtesy": courtesy,
    "synonym or filler": synonym_or_filler,
    "halves exchanged": halves_exchanged,
}
OTHER_INSTRUCTION: dict[str, Edit] = {
    "name swapped": name_swapped,
    "topic swapped": topic_swapped,
    "number changed": number_changed,
}
# One word added stands apart: it is counted both ways.
WORD_ADDED: dict[str, Edit] = {"word added": word_added}

# Edits of a response after which the record is the same.
SAME_RESPONSE: dict[str, Edit] = {
    "words": words_edited,
    "order": sentence_moved,
    "case and punctuation": case_and_punctuation,
    "unicode": typography,
    "sentence added": sentence_added,
    "typos": typos,
}


def _inside_a_word(text: str, rng: random.Random) -> int | None:
    """Pick a place in a word of lower case that is long enough to be read all the same: not its first letter."""
    words = [word for word in _WORD.finditer(text) if len(word.group()) > 4 and word.group().islower()]
    if not words:
        return None
    word = rng.choice(words)
    return rng.randrange(word.start() + 1, word.end())


def _topic(text: str, rng: random.Random) -> re.Match[str] | None:
    """Pick a word that the text is about: long, and not plain. The first word is the verb or the question's."""
    spots = [
        word
        for word in _WORD.finditer(text)
        if word.start() and len(word.group()) > 4 and word.group().lower() not in _PLAIN
    ]
    return rng.choice(spots) if spots else None


def _replaced(text: str, spot: re.Match[str], other: str) -> str | None:
    return (
        None if other.lower() == spot.group().lower() else text[: spot.start()] + other + text[spot.end() :]
    )


def _cased_like(word: str, other: str) -> str:
    return other.capitalize() if word[0].isupper() else other
