"""What assistants say, what pages bring along, and markup: evidence for a reviewer, and what must not be taken for it."""

import pytest

from tests.support.pairs import CONTEXT, findings, places, quoted


class TestBoilerplate:
    @pytest.mark.parametrize(
        ("response", "found"),
        [
            ("As an AI language model, I have no favourite.", ["As an AI language model"]),
            ("Voting is personal, and as an AI, I can’t say.", ["as an AI"]),
            ("I’m sorry, but I cannot help.", ["I’m sorry, but I cannot"]),
            ("As a large language model (LLM), I don't have feelings.", ["As a large language model"]),
            ("I cannot browse the internet.", ["I cannot browse"]),
            ("Certainly! Here is a list of foods.", ["Certainly! Here is"]),
            ("Sure, here are five ideas:", ["Sure, here are"]),
            ("As of my knowledge cutoff in 2021, it is so.", ["my knowledge cutoff"]),
            ("Rest well. I hope this helps! Feel free to ask.", ["I hope this helps", "Feel free to ask"]),
        ],
    )
    def test_an_assistants_phrase_is_found_as_information(self, response, found):
        assert quoted("boilerplate", response) == found
        assert {f.severity for f in findings(response=response, only="boilerplate")} == {"info"}

    @pytest.mark.parametrize(
        "text",
        [
            "She works as an AI researcher at a university.",
            "A large language model predicts the next word.",
            "Surely here is where the road ends; certainly here is no other.",
            "Here is a list of foods, of course.",
        ],
    )
    def test_speaking_about_them_is_not_speaking_like_them(self, text):
        assert quoted("boilerplate", text) == []

    def test_a_question_may_be_put_to_an_assistant(self):
        assert findings(instruction="As an AI, what would you choose?", only="boilerplate") == []


class TestCopiedFromAPage:
    @pytest.mark.parametrize(
        ("response", "found"),
        [
            ("See https://example.org/a?b=1 for it", ["https://example.org/a?b=1"]),
            ("First.\nRead more about steam", ["Read more about steam"]),
            ("Please click here.", ["click here"]),
            ("Asia (/ˈeɪʒə/ (listen)) is large.", ["(listen)"]),
            ("Answer: A.", ["Answer: "]),
            ("A: No. It does not.", ["A: "]),
            ("From Wikipedia, the free encyclopedia\nSteam", ["From Wikipedia, the free encyclopedia"]),
            ('"Steam". Retrieved 3 May 2020.', ["Retrieved 3 May"]),
            ("It boils.\nPhoto by Ada Lovelace", ["Photo by"]),
            ("•\tDogs\n•\tCats", ["•\tD"]),
            ("It\u00a0is a\u00a0mixed dish", ["\u00a0"]),
            ("All rights reserved. © 2019 Example", ["All rights reserved", "© 2019"]),
        ],
    )
    def test_what_came_along_is_a_hint(self, response, found):
        assert quoted("web.copied", response) == found

    @pytest.mark.parametrize(
        "text",
        [
            "You may read more books and learn more words.",
            "A: B, C", "an area: 3 km", "10\u00a0km and 20\u00a0kg", "«\u00a0Oui\u00a0» dit-il\u00a0!",
            "Summarise this Wikipedia article.", "- one\n- two", "He retrieved 12 balls.", "The photo by the door",
        ],
    )  # fmt: skip
    def test_the_same_words_in_a_sentence_are_not(self, text):
        assert quoted("web.copied", text) == [text[:3]] * text.startswith("A: ") + ["photo by"] * (
            "photo by" in text
        )

    def test_a_passage_is_copied_by_right_but_for_what_belongs_to_its_page(self):
        passage = f"• {CONTEXT}\nMain article: Sky\u00a0and\u00a0air"
        found = findings("closed_qa", context=passage, only="web")
        assert [passage[f.start : f.end] for f in found] == ["Main article: "]
        assert "belongs to the page" in found[0].message


class TestMarkup:
    @pytest.mark.parametrize(
        ("response", "found"),
        [
            ("It is <b>blue</b>.<br/>", ["<b>", "</b>", "<br/>"]),
            ("Tom &amp; the nation&#39;s cat", ["&amp;", "&#39;"]),
            ("[url=http://a.b]x[/url]", ["[url=http://a.b]", "[/url]"]),
            ("The [[Milky Way]] is {{cite web}}", ["[[Milky Way]]", "{{cite"]),
            (r"It is {\displaystyle x^2}.", [r"{\displaystyle"]),
            ("Like so:\n```python\nprint(1)", ["```"]),
        ],
    )
    def test_what_is_left_of_it_is_found(self, response, found):
        assert quoted("text.markup", response) == found

    @pytest.mark.parametrize(
        "text",
        [
            "if a < b and c > d then a<c? x <3 y",
            "a & b; AT&T; R&D;",
            "[1, 2] and [[1, 2], [3, 4]] and array[i][j]",
            "Use `<b>` for bold, or:\n```\n<p>text</p>\n```",
            "{'a': 1} and $x_1$ and 50% \\ 2",
            "<jane@example.org> and <- or ->",
        ],
    )
    def test_signs_of_mathematics_code_and_speech_are_not(self, text):
        assert quoted("text.markup", text) == []

    def test_where_code_is_asked_for_it_is_the_answer(self):
        assert (
            findings(instruction="Write the HTML of a heading.", response="<h1>Sky</h1>", only="text") == []
        )

    def test_an_instruction_is_looked_at_too(self):
        found = findings(instruction="Why is the sky <i>blue</i>?", only="text.markup")
        assert places(found)[0] == ("text.markup", "warning", "instruction", 15, 18)
