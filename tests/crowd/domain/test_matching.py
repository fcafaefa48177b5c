from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.matching import LEAST_WORDS, MOST_WORDS, matching_parts

TEXTS = st.lists(
    st.sampled_from(["a", "heron", "Heron", "stands", "on", "one", "leg", "é", "7", "—"]), max_size=12
).map(" ".join)


def words_of(texts):
    a, b = texts
    mine, theirs = matching_parts(a, b)
    return [a[start:end] for start, end in mine], [b[start:end] for start, end in theirs]


class TestMatchingParts:
    def test_are_the_runs_that_stand_in_both(self):
        found = words_of(("Why does a heron stand on one leg?", "Why do herons Stand on one leg, and when?"))
        assert found == (["stand on one leg"], ["Stand on one leg"])

    def test_a_word_alone_is_no_run(self):
        assert words_of(("the sea", "the hill")) == ([], [])

    def test_what_stands_between_the_words_belongs_to_the_run(self):
        assert words_of(("So: red, green!", "So red … green?")) == (["So: red, green"], ["So red … green"])

    def test_end_where_nobody_reads_on(self):
        text = "word " * (MOST_WORDS + 20)
        assert words_of((text, text)) == ([("word " * MOST_WORDS).strip()],) * 2

    @given(TEXTS, TEXTS)
    def test_are_the_same_words_in_the_same_order(self, a, b):
        mine, theirs = words_of((a, b))
        said = [[word.casefold() for word in part.split() if word != "—"] for part in mine]
        assert said == [[word.casefold() for word in part.split() if word != "—"] for part in theirs]
        assert all(len(words) >= LEAST_WORDS for words in said)

    @given(TEXTS)
    def test_of_a_text_with_itself_are_all_its_words(self, text):
        words = [word for word in text.split() if word != "—"]
        mine, _theirs = words_of((text, text))
        assert [word for part in mine for word in part.split() if word != "—"] == (
            words if len(words) >= LEAST_WORDS else []
        )
