"""A page as paragraphs, and passages of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.passages import find_citation_markers
from crowd.domain.wiki import Apart, Paragraph, paragraphs, passage_of, plain_text, stands_in

PAGE = (
    '<div class="mw-parser-output"><table><tr><td><p>In a box.</p></td></tr></table><p class="mw-empty-elt"></p>'
    '<p><b>Swifts</b> (<i>Apus</i>)<sup class="reference">[1]</sup> are<br>birds.<style>.x{}</style></p>\n'
    '<p>They fly [citation needed].<sup class="reference">[2]</sup></p>'
    '<div class="mw-heading"><h2>Sleep</h2></div><p>They sleep.</p><ul><li>On the wing.</li></ul><p>Always.</p></div>'
)
FOUND = [
    Paragraph("", "Swifts (Apus) are birds.", follows=False),
    Paragraph("", "They fly.", follows=True),
    Paragraph("Sleep", "They sleep.", follows=False),
    Paragraph("Sleep", "Always.", follows=False),
]

FORMULA = (
    '<span class="mwe-math-element"><span style="display: none;"><math><mi>E</mi></math></span>'
    '<img alt="{\\displaystyle E=mc^{2}}"></span>'
)

WORDS = st.lists(st.sampled_from(["swifts", "fly", "(up)", "[sic]", "3.5", "é", "—"]), min_size=1).map(
    " ".join
)
PIECES = st.one_of(
    WORDS.map(lambda words: f"<p>{words}<sup class='reference'>[1]</sup></p>"),
    WORDS.map(lambda words: f"<p>{words}[2] [citation needed] <b>{words}</b></p>"),
    WORDS.map(lambda words: f"<p>{words}<sup>2</sup> <sup>−{words}</sup></p>"),
    WORDS.map(lambda words: f"<h2>{words}</h2>"),
    WORDS.map(lambda words: f"<ul><li>{words}</li></ul>"),
    WORDS.map(lambda words: f"<table><tr><td><p>{words}</p></td></tr></table>"),
    st.sampled_from(
        ["<p></p>", "<p class='mw-empty-elt'>\n</p>", "\n", "<p>", "</p>", "<style>p</style>", "</table>"]
    ),
)


class TestParagraphs:
    def test_are_the_running_text_under_its_headings(self):
        assert paragraphs(PAGE) == FOUND

    @pytest.mark.parametrize(
        "html", ["", "words alone", "<table><tr><td><p>x</p></td></tr></table>", "<p></p>"]
    )
    def test_a_page_may_have_none(self, html):
        assert paragraphs(html) == []

    @pytest.mark.parametrize(
        ("html", "said"),
        [
            ("It weighs 5.97×10<sup>24</sup> kg.", "It weighs 5.97×10²⁴ kg."),
            ("10<sup>−3</sup> m<sup><i>2</i></sup>, CO<sub>2</sub>", "10⁻³ m², CO2"),
            ("2<sup>2<sup>3</sup></sup></sup> m<sup>2</sup>", "223 m²"),
            ("<sup>14</sup>C of the 19<sup>th</sup> x<sup>a</sup>", "¹⁴C of the 19th xa"),
            (
                "Many[sic] birds<sup class='noprint Inline-Template'>[<i>quantify</i>]</sup> fly.",
                "Many[sic] birds fly.",
            ),
            ("Viele<sup class='Inline-Template'>[Beleg fehlt]</sup>.", "Viele."),
            (
                "Swift /swɪft/<sup class='ext-phonos-attribution noexcerpt'><a>ⓘ</a></sup> flies.",
                "Swift /swɪft/ flies.",
            ),
        ],
    )
    def test_say_what_the_page_says(self, html, said):
        assert [paragraph.text for paragraph in paragraphs(f"<p>{html}</p>")] == [said]
        assert stands_in(said, plain_text(f"<p>{html}</p>"))

    def test_with_a_formula_are_left_out(self):
        page = f"<p>One.</p><p>{FORMULA} is energy.</p><p>Two.</p><dl><dd>{FORMULA}</dd></dl><p>Three.</p>"
        assert [(paragraph.text, paragraph.follows) for paragraph in paragraphs(page)] == [
            ("One.", False),
            ("Two.", False),
            ("Three.", False),
        ]

    def test_footnotes_of_headings_are_left_out(self):
        page = "<h2>Sleep<sup class='reference'>[1]</sup></h2><p>Always.</p>"
        assert paragraphs(page) == [Paragraph("Sleep", "Always.", follows=False)]


class TestPassageOf:
    @pytest.mark.parametrize(
        ("chosen", "passage"),
        [({1}, "They fly."), ([1, 0], "Swifts (Apus) are birds.\n\nThey fly."), ({3}, "Always.")],
    )
    def test_paragraphs_that_follow_one_another(self, chosen, passage):
        assert passage_of(FOUND, chosen) == passage

    @pytest.mark.parametrize("chosen", [{0, 2}, {1, 2}, {2, 3}, {0, 1, 3}])
    def test_that_do_not_are_apart(self, chosen):
        with pytest.raises(Apart):
            passage_of(FOUND, chosen)

    @given(st.lists(PIECES).map("".join), st.data())
    def test_stands_in_the_page_and_has_no_markers(self, html, data):
        found = paragraphs(html)
        if not found:
            return
        first = data.draw(st.integers(0, len(found) - 1))
        last = data.draw(st.integers(first, len(found) - 1))
        try:
            passage = passage_of(found, range(first, last + 1))
        except Apart:
            return
        assert stands_in(passage, plain_text(html))
        assert [*find_citation_markers(passage)] == []
