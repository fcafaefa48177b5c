"""Every kernel computes what numpy's does, bit for bit, on any text; and what is fast sees the words that are there."""

import sys
from hashlib import blake2b

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.similarity import Record, compiled, compiling, kernels, reference, texts
from crowd.domain.similarity.texts import encode, gather, gather_phrases, key
from crowd.domain.similarity.words import folded, words
from tests.support.texts import TEXTS

RECORDS = st.lists(st.builds(Record, TEXTS, st.just(""), TEXTS), max_size=6)


def arrays(made):
    """A kernel's result as lists, to compare all of it."""
    return [np.asarray(getattr(made, name)).tolist() for name in type(made).__slots__]


def with_words(signed):
    """The same without the bands of texts that have no words, which mean nothing."""
    return signed.keys.tolist(), signed.bands[signed.keys != kernels.NO_TEXT].tolist()


class TestTheCompiledKernel:
    @given(RECORDS)
    def test_signs_as_the_reference_does(self, records):
        assert with_words(compiled.sign(gather(records))) == with_words(reference.sign(gather(records)))

    @given(st.lists(TEXTS.filter(bool), max_size=6))
    def test_signs_phrases_as_the_reference_does(self, phrases):
        given = gather_phrases(phrases)
        assert compiled.phrase_bands(given).tolist() == reference.phrase_bands(given).tolist()

    @given(RECORDS.filter(bool), st.data())
    def test_compares_as_the_reference_does(self, records, data):
        row = st.integers(0, len(records) - 1)
        pairs = np.array(data.draw(st.lists(st.tuples(row, row), max_size=9)), np.int64).reshape(-1, 2)
        made, expected = compiled.text_sets(gather(records)), reference.text_sets(gather(records))
        assert arrays(made) == arrays(expected)
        assert compiled.shared(made, pairs).tolist() == reference.shared(expected, pairs).tolist()

    @given(RECORDS)
    def test_lists_words_as_the_reference_does(self, records):
        listed = reference.words(gather(records))
        assert compiled.words(gather(records)) == listed
        assert [b" ".join(words.split(b"\0")[:-1]) for words in listed] == [
            b" ".join(texts.blanked(text).translate(texts._SPACED).split())
            for text in (
                b" ".join([encode(record.instruction), encode(record.response)]) for record in records
            )
        ]

    def test_takes_words_past_a_piece_of_the_buffer(self):
        records = [Record("x" * 200_000, "", "a b " * 50_000), Record("y", "", "x" * 70_000 + " z")]
        assert with_words(compiled.sign(gather(records))) == with_words(reference.sign(gather(records)))

    def test_is_chosen_where_numba_is_installed(self, monkeypatch):
        assert kernels.fastest() is compiled
        monkeypatch.setattr(kernels, "find_spec", lambda name: None)
        assert kernels.fastest() is reference

    def test_does_without_a_numba_that_cannot_be_loaded(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "crowd.domain.similarity.compiled", None)
        with pytest.warns(RuntimeWarning, match=r"numba cannot be used .*, so this takes longer\."):
            assert kernels.fastest() is reference

    def test_does_without_a_folder_for_its_cache(self, monkeypatch):
        real = numba.njit

        def njit(function, **options):
            if options.get("cache"):
                raise RuntimeError("cannot cache function: no locator available")
            return real(function, **options)

        monkeypatch.setattr(numba, "njit", njit)
        assert compiling.compiled(lambda number: number + 1)(1) == 2


class TestSharing:
    @given(st.lists(st.integers(0, 30), max_size=40), st.lists(st.integers(0, 30), max_size=40))
    def test_counts_what_both_have(self, one, other):
        records = [Record("", "", " ".join(f"w{n}" for n in numbers)) for numbers in (one, other)]
        sets = reference.text_sets(gather(records))
        a, b = (set(sets.values[sets.ends[row] : sets.ends[row + 1]].tolist()) for row in (0, 1))
        assert reference.shared(sets, np.array([[0, 1], [0, 0]])).tolist() == [len(a & b), len(a)]


def seen(text):
    """The words as the kernels see them, from the encoded bytes."""
    return key([encode(text)])


def there(text):
    """The same from the words themselves; signs that stand for words are other letters in the bytes."""
    parts = [word.translate(texts._SIGNS) for word in words(folded(text))]
    return blake2b(" ".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


class TestEncoding:
    def test_of_any_character_has_the_words_that_there_are(self):
        wrong = [
            text
            for character in map(
                chr, [*range(0x3100), 0x4E00, 0xFB01, 0xFF21, 0xD800, 0x1F600, 0xF0021, 0x10FFFF]
            )
            for text in (
                character,
                f"a{character}b",
                f"A {character}",
                f"{character}\u0301x",
                f"ΑΣ{character}",
            )
            if seen(text) != there(text)
        ]
        assert wrong == []

    @given(TEXTS)
    def test_of_any_text_has_the_words_that_there_are(self, text):
        assert seen(text) == there(text)

    @given(TEXTS, TEXTS)
    def test_tells_texts_apart_as_words_do(self, one, other):
        assert (seen(one) == seen(other)) == (words(folded(one)) == words(folded(other)))

    def test_of_a_word_without_end_takes_no_longer_than_reading_it(self):
        # A piece looked for from each of its letters would take minutes.
        assert encode("x" * 300_000 + " 水").split() == [b"x" * 300_000, "水".encode()]
