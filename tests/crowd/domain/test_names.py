import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.names import HIDDEN, WORD, Names

NAMES = Names(["Rita Caldeira", "Ravi", "Anne-Marie O'Neill", "Rita Caldeira Lopez"])


class TestHidden:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("Ask Rita Caldeira.", "Ask […]."),
            ("ask RITA CALDEIRA, please", "ask […], please"),
            ("Rita Caldeira Lopez said so", "[…] said so"),
            ("Anne-Marie O'Neill: no", "[…]: no"),
            ("It was Ravi.", "It was […]."),
            ("Write to rita@flock.example or <r.c@x.example>.", "Write to […] or <[…]>."),
            ("Rita alone, and ravi in lower case", "Rita alone, and ravi in lower case"),
            ("", ""),
        ],
    )
    def test_names_and_addresses_are(self, text, shown):
        assert NAMES.hidden_in(text) == shown

    def test_each_part_is_of_who_wrote_it(self):
        assert NAMES.hidden_in("Too short. Rita", signed_by="Rita Caldeira") == f"Too short. {HIDDEN}"

    @given(st.text(), st.lists(st.text(), max_size=5))
    def test_a_text_without_them_stays_as_it_is(self, text, names):
        words = set(WORD.findall(text.casefold()))
        strangers = [name for name in names if not words & set(WORD.findall(name.casefold()))]
        if "@" not in text:
            assert Names(strangers).hidden_in(text) == text

    @given(
        st.lists(st.from_regex(r"[A-Z][a-z]{2,8} [A-Z][a-z]{2,8}", fullmatch=True), min_size=1, max_size=5),
        st.text(alphabet=" ,.\n", min_size=1),
    )
    def test_none_is_left_wherever_it_stands(self, names, between):
        shown = Names(names).hidden_in(between.join(names))
        assert [name for name in names if name in shown] == []
