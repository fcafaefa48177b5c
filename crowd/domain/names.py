"""Take people's names and e-mail addresses out of a text. Pure."""

import re
from collections.abc import Iterable

ADDRESS = re.compile(r"[^\s@<>()\[\]\"',;:]+@[^\s@<>()\[\]\"',;:]+")
WORD = re.compile(r"\w+")
HIDDEN = "[…]"


class Names:
    """The names of some people, found in time that does not grow with how many they are.

    A name of several words is found in any case; a single word only as it is written, since many are words as well.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first_word: dict[str, set[tuple[str, ...]]] = {}
        self._single: set[str] = set()
        for name in names:
            words = WORD.findall(name)
            if len(words) == 1:
                self._single.add(words[0])
            elif words:
                folded = tuple(word.casefold() for word in words)
                self._by_first_word.setdefault(folded[0], set()).add(folded)

    def hidden_in(self, text: str, *, signed_by: str = "") -> str:
        """The text with each address and each of these names as `[…]`; of who wrote it, every part of the name."""
        text = ADDRESS.sub(HIDDEN, text)
        single = self._single | set(WORD.findall(signed_by))
        words = list(WORD.finditer(text))
        pieces: list[str] = []
        done = at = 0
        while at < len(words):
            length = self._length_at(words, at) or int(words[at].group() in single)
            if length:
                pieces += [text[done : words[at].start()], HIDDEN]
                done = words[at + length - 1].end()
            at += length or 1
        return "".join([*pieces, text[done:]])

    def _length_at(self, words: list[re.Match[str]], at: int) -> int:
        """Of how many words the longest name is that begins here; 0 where none does."""
        fitting = (
            len(name)
            for name in self._by_first_word.get(words[at].group().casefold(), ())
            if tuple(word.group().casefold() for word in words[at : at + len(name)]) == name
        )
        return max(fitting, default=0)
