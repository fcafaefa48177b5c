"""The text rules: what is stored, what is equal, what is malformed."""

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain import text

# Marks of two classes in the wrong order: what makes unicodedata sort for seconds.
HOSTILE_MARKS = "\u0301\u0316" * 20_000


class TestNormalizeNewlines:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("a\n\r\n\rb", "a\n\n\nb"), ("\r\r\n", "\n\n"), ("", "")],
    )
    def test_crlf_and_cr_become_lf(self, sent, kept):
        assert text.normalize_newlines(sent) == kept

    def test_everything_else_stays_as_sent(self):
        sent = "  cafe\u0301\t\u00a0\u2028\u0085 \ufb01 \x0b"
        assert text.normalize_newlines(sent) == sent


class TestCanonical:
    def test_composed_and_decomposed_are_equal(self):
        assert text.canonical("cafe\u0301") == "caf\u00e9"

    def test_outer_white_space_is_removed_and_inner_kept(self):
        assert text.canonical("\u00a0\n a  b\r\nc \t") == "a  b\nc"

    def test_compatibility_forms_stay_apart(self):
        assert text.canonical("\ufb01") == "\ufb01"

    @given(st.text())
    def test_canonical_again_changes_nothing(self, sent):
        assert text.canonical(text.canonical(sent)) == text.canonical(sent)


class TestNormalize:
    @given(
        st.text(
            st.sampled_from("a\u00e9\u0301\u0316\u0323\u0f73\u0344\uff9e\u1100\u1161\u3099\u200d "),
            max_size=90,
        )
    )
    @pytest.mark.parametrize("form", ["NFC", "NFKC"])
    def test_same_as_unicodedata(self, form, sent):
        assert text.normalize(form, sent) == unicodedata.normalize(form, sent)

    @pytest.mark.parametrize("marks", [HOSTILE_MARKS, "\u0f73" * 40_000, "\uff9e\u0301" * 20_000])
    def test_long_runs_of_marks_arrive_in_order(self, marks):
        classes = [unicodedata.combining(mark) for mark in text.normalize("NFKC", "x" + marks)[1:]]
        assert classes == sorted(classes)


class TestCopyHash:
    def test_is_stable(self):
        assert text.copy_hash("\u00e9", "", "b") == hashlib.sha256(b'["\\u00e9","","b"]').hexdigest()

    def test_ignores_what_canonical_ignores(self):
        assert text.copy_hash(" cafe\u0301", "", "b\r\nc") == text.copy_hash("caf\u00e9", " ", "b\nc\n")

    def test_texts_cannot_move_between_fields(self):
        hashes = {
            text.copy_hash(*texts)
            for texts in [("ab", "", "c"), ("a", "", "bc"), ("a", "b", "c"), ('a","', "", "c")]
        }
        assert len(hashes) == 4

    def test_case_and_punctuation_count(self):
        assert text.copy_hash("A?", "", "b") != text.copy_hash("a", "", "b")

    def test_a_lone_surrogate_hashes(self):
        assert len(text.copy_hash("\ud800", "", "b")) == 64


class TestMalformed:
    @pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\udfff"])
    def test_controls_and_lone_surrogates(self, character):
        assert text.MALFORMED.search(f"a{character}b").span() == (1, 2)

    def test_tab_line_ends_and_astral_characters_are_fine(self):
        assert text.MALFORMED.search("a\tb\nc\r\n\U0001f600\x7f") is None


class TestPromptMarker:
    @pytest.mark.parametrize("marker", text.RESERVED_MARKERS)
    def test_each_marker_is_found_where_it_stands(self, marker):
        assert text.PROMPT_MARKER.search(f"ab {marker} c").span() == (3, 3 + len(marker))

    def test_a_heading_is_no_marker(self):
        assert text.PROMPT_MARKER.search("### Results\n## End\n### instruction:") is None


class TestVisible:
    def test_invisible_characters_go(self):
        assert text.visible(" \u200ba\u2060b\ufeff ") == "ab"

    def test_nothing_to_see_is_empty(self):
        assert text.visible("\u200b \u200e\n") == ""
