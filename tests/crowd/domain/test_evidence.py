from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.evidence import Piece, excerpt, is_place, pieces, shown

texts = st.text(st.sampled_from("ab 😀é\n[1]\u200b\u202e"), min_size=1, max_size=30)


@st.composite
def marked_texts(draw):
    """A text and some parts of it."""
    text = draw(texts)
    spans = draw(st.lists(st.tuples(st.integers(0, len(text)), st.integers(0, len(text) + 3)), max_size=6))
    return text, [span for span in spans if is_place(*span, text)]


class TestPieces:
    def test_counts_code_points(self):
        assert pieces("😀[1]", [(1, 4)]) == [Piece("😀", (), ()), Piece("[1]", (0,), (0,))]

    def test_cuts_where_places_overlap(self):
        assert pieces("abcdef", [(0, 4), (2, 6)]) == [
            Piece("ab", (0,), ()),
            Piece("cd", (0, 1), (0,)),
            Piece("ef", (1,), (1,)),
        ]

    def test_two_at_one_place_are_one_piece(self):
        assert pieces("abc", [(1, 2), (1, 2)])[1] == Piece("b", (0, 1), (0, 1))

    def test_a_text_without_places_is_one_piece(self):
        assert pieces("abc", []) == [Piece("abc", (), ())]

    def test_an_empty_text_has_none(self):
        assert pieces("", []) == []

    @given(marked_texts())
    def test_joined_they_are_the_text(self, marked):
        text, spans = marked
        assert "".join(piece.text for piece in pieces(text, spans)) == text

    @given(marked_texts())
    def test_each_place_is_covered_exactly_and_ends_once(self, marked):
        text, spans = marked
        cut = pieces(text, spans)
        for number, (start, end) in enumerate(spans):
            assert "".join(piece.text for piece in cut if number in piece.covered_by) == text[start:end]
            assert sum(number in piece.ends for piece in cut) == 1


class TestPlaces:
    def test_are_parts_of_the_text(self):
        whole, nothing, unknown, past, part = (0, 3), (1, 1), (None, None), (3, 9), (1, 9)
        answers = [is_place(*span, "abc") for span in (whole, nothing, unknown, past, part)]
        assert answers == [False, False, False, False, True]


class TestExcerpt:
    def test_is_the_place_with_the_words_around_it(self):
        assert excerpt("One [1] two.", 4, 7) == ("One ", "[1]", " two.")

    def test_leaves_out_what_is_far_away(self):
        before, within, after = excerpt("a" * 100 + "[1]" + "b" * 100, 100, 103)
        assert (before, within, after) == ("…" + "a" * 24, "[1]", "b" * 24 + "…")

    def test_cuts_a_long_place(self):
        assert excerpt("a" * 200, 100, 300) == ("…" + "a" * 24, "a" * 60 + "…", "")


class TestShown:
    def test_names_what_cannot_be_seen(self):
        assert shown("\u200b\u202e") == "U+200B U+202E"
        assert shown("\x00\x07") == "U+0000 U+0007"

    def test_names_no_more_than_four(self):
        assert shown("\u200b" * 9) == "U+200B U+200B U+200B U+200B …"

    def test_leaves_what_can_be_seen(self):
        assert [shown(piece) for piece in ("a\u200b", "  ", "\n")] == ["a\u200b", "  ", "\n"]
