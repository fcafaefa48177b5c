"""The records of a search and what its first reading keeps of them: for each, 400 bytes of bands, and keys. Pure, numpy."""

from array import array
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from crowd.domain.similarity.chunks import Chunk, Source
from crowd.domain.similarity.kernels import Bands, Kernel
from crowd.domain.similarity.matches import Aspect
from crowd.domain.similarity.profiles import passage_of, question_of
from crowd.domain.similarity.questions import near_keys, spelling_key
from crowd.domain.similarity.scheme import BANDS
from crowd.domain.similarity.texts import gather_phrases

# The key of a record that asks nothing, or has no passage.
_NOTHING = bytes(16)
_NO_NEAR_KEYS = (0, 0, 0, 0)


class Columns:
    """The hashes of many rows, band by band, growing at the end."""

    def __init__(self) -> None:
        self._columns = [array("q") for _ in range(BANDS)]

    def extend(self, bands: Bands) -> None:
        for column, hashes in zip(self._columns, bands.T, strict=True):
            column.frombytes(hashes.tobytes())

    def arrays(self) -> list[NDArray[np.int64]]:
        """Return a view of each band's hashes, `(n,) int64`. From then on none can be added."""
        return [np.frombuffer(column, np.int64) for column in self._columns]


class Reading:
    """What the first reading of n records keeps."""

    def __init__(self) -> None:
        self.lines = array("q")
        # Two unsigned numbers for a key of 16 bytes, one for a text's.
        self.text_keys = array("Q")
        self.question_keys = array("Q")
        self.passage_keys = array("Q")
        # One and four for each record that may ask something.
        self.spelling_keys = array("Q")
        self.near_keys = array("I")
        self.text_bands = Columns()
        self.question_bands = Columns()

    def read(self, source: Source, kernel: Kernel, on: Collection[Aspect]) -> None:
        """Read all records, for what they have in common in these respects."""
        for chunk in source.chunks(kernel):
            self.lines.frombytes(chunk.lines.tobytes())
            self._add(chunk, kernel, on)

    def _add(self, chunk: Chunk, kernel: Kernel, on: Collection[Aspect]) -> None:
        places = range(len(chunk))
        if "text" in on:
            signed = kernel.sign(chunk.texts)
            self.text_keys.frombytes(signed.keys.tobytes())
            self.text_bands.extend(signed.bands)
        if "instruction" in on:
            questions = [*map(question_of, map(chunk.instruction, places))]
            self.question_keys.frombytes(
                b"".join(question.key if question else _NOTHING for question in questions)
            )
            self.spelling_keys.extend(spelling_key(question) if question else 0 for question in questions)
            self.near_keys.extend(
                key for question in questions for key in (near_keys(question) if question else _NO_NEAR_KEYS)
            )
            phrases = gather_phrases([question.core if question else "" for question in questions])
            self.question_bands.extend(kernel.phrase_bands(phrases))
        if "passage" in on:
            passages = map(passage_of, map(chunk.context, places))
            self.passage_keys.frombytes(b"".join(passage or _NOTHING for passage in passages))
