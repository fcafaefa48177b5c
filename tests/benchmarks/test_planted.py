"""The planted corpus and pairs: the same arguments give the same bytes, and every label is true."""

from collections import Counter

import pytest

from benchmarks.planted import corpus, instruction_pairs, read_bases
from benchmarks.planted_words import HELD_OUT, TRAINING, Vocabulary


@pytest.fixture(scope="module")
def bases():
    return read_bases(None)


def lines(bases, *, seed=1, vocabulary=HELD_OUT):
    return [record.line() for record in corpus(bases, records=400, seed=seed, vocabulary=vocabulary)]


class TestCorpus:
    def test_the_same_arguments_give_the_same_lines(self, bases):
        assert lines(bases) == lines(bases)

    def test_another_seed_or_vocabulary_gives_others(self, bases):
        assert lines(bases) not in (lines(bases, seed=2), lines(bases, vocabulary=TRAINING))

    def test_a_duplicate_names_an_earlier_line_and_how_it_was_made(self, bases):
        made = list(corpus(bases, records=400, seed=1, vocabulary=HELD_OUT))
        planted = [(line, record) for line, record in enumerate(made, start=1) if record.dup_of is not None]
        assert all(record.dup_of < line and record.kind for line, record in planted)
        assert 20 <= len(planted) <= 60

    def test_an_exact_duplicate_is_one(self, bases):
        made = list(corpus(bases, records=400, seed=1, vocabulary=HELD_OUT))
        exact = [(made[record.dup_of - 1], record) for record in made if record.kind == "exact"]
        assert exact
        assert all((a.instruction, a.response) == (b.instruction, b.response) for a, b in exact)

    def test_a_hard_negative_is_a_duplicate_of_nothing(self, bases):
        made = corpus(bases, records=400, seed=1, vocabulary=HELD_OUT)
        hard = [record for record in made if record.kind in {"same response", "topic swapped", "word added"}]
        assert hard
        assert {record.dup_of for record in hard} == {None}

    def test_it_goes_on_past_its_bases(self, bases):
        made = list(corpus(bases[:3], records=50, seed=1, vocabulary=HELD_OUT))
        assert len({record.response for record in made}) > 30


class TestPairs:
    def test_the_same_arguments_give_the_same_pairs(self, bases):
        once, again = (instruction_pairs(bases, seed=3, vocabulary=TRAINING, per_kind=10) for _ in range(2))
        assert once == again

    def test_every_kind_has_its_label_and_no_more_pairs_than_asked_for(self, bases):
        pairs = instruction_pairs(bases, seed=3, vocabulary=TRAINING, per_kind=10)
        assert {kind for kind, same, *_ in pairs if same} == {
            "case and punctuation",
            "unicode",
            "letters transposed",
            "letter lost",
            "letter doubled",
            "letter replaced",
            "articles dropped",
            "courtesy",
            "synonym or filler",
            "halves exchanged",
        }
        assert {kind for kind, same, *_ in pairs if not same} >= {"topic swapped", "word added", "template"}
        assert (
            max(
                count
                for kind, count in Counter(pair.kind for pair in pairs).items()
                if kind != "number changed"
            )
            == 10
        )

    def test_the_two_of_a_pair_differ(self, bases):
        pairs = instruction_pairs(bases, seed=3, vocabulary=TRAINING, per_kind=10)
        assert [pair for pair in pairs if pair.a == pair.b] == []


class TestVocabularies:
    @pytest.mark.parametrize("field", Vocabulary.__dataclass_fields__)
    def test_the_held_out_one_shares_nothing_with_the_other(self, field):
        assert not set(getattr(TRAINING, field)) & set(getattr(HELD_OUT, field))
