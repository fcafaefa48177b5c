"""Numbers, dates and names that neither passage nor instruction gives, and all that follows from what they give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.pairs import findings, places, quoted

PASSAGE = (
    "Ada Müller (12 March 1815 – 27 November 1852) wrote 1,234 letters from 1839–45 for the United Nations. "
    "Her twenty-five machines cost 2.5 million dollars, or 40%, and ran 100 miles in the 1960s and the 19th century. "
    "The festival runs May 3–9 in São Paulo; the U.N. met on 2004-07-05, two hundred and five people, in Kerala State."
)


def strange(rule: str, response: str, instruction: str = "Who was she?") -> list[str]:
    return quoted(
        f"grounding.{rule}", response, category="closed_qa", context=PASSAGE, instruction=instruction
    )


class TestNumbers:
    @pytest.mark.parametrize("said", ["1871", "987", "3.7", "7,777", "61%", "$48", "1999", "55 million"])
    def test_that_nobody_gave_are_found(self, said):
        assert strange("number", f"It was {said} then") == [said.removesuffix(" million")]

    @pytest.mark.parametrize(
        "said",
        [
            "1234", "1,234", "25", "twenty-five", "2.5 million", "2,500,000", "2.5m", "40", "40 percent", "0.4", "1845",
            "1839", "1960s", "60s", "1800s", "205", "100%",
            "37",  # 1852 - 1815
            "60%",  # what is left of 40%
            "161 km",  # 100 miles
            "1,200",  # rounded
            "12", "seven", "3rd",  # counted, for all that a machine can tell
        ],
    )  # fmt: skip
    def test_that_are_given_or_follow_are_not(self, said):
        assert strange("number", f"It was {said} then") == []

    @pytest.mark.parametrize(
        "text", ["MP399", "COVID-77", "B52s", "v77.88.99", "https://a.b/777", "x=777", "A-77"]
    )
    def test_parts_of_names_and_formulas_are_none(self, text):
        assert strange("number", f"It is {text} here") == []

    def test_the_numbers_of_a_list_are_none(self):
        assert strange("number", "\n".join(f"{number}. a machine" for number in range(1, 30))) == []

    def test_what_is_asked_to_be_worked_out_is_not_looked_for(self):
        assert strange("number", "It was 4,242 then", "What is the total?") == []

    def test_an_instruction_may_give_them(self):
        assert strange("number", "In 1871 and 987 times", "Was it 987 times in 1871?") == []

    @given(st.integers(0, 10**12))
    def test_none_is_strange_to_a_passage_that_has_it_however_it_is_written(self, number):
        for written in (f"{number}", f"{number:,}"):
            for read in (f"{number}", f"{number:,}"):
                texts = {
                    "category": "closed_qa",
                    "context": f"There were {written} of them.",
                    "instruction": "How many?",
                }
                assert quoted("grounding.number", f"It is {read} then", **texts) == []


class TestDates:
    @pytest.mark.parametrize(
        "said",
        ["13 March 1815", "March 12, 1816", "June 1815", "1 May", "2004-07-06", "8/9/2004", "Dec. 1839"],
    )
    def test_that_nobody_gave_are_found(self, said):
        assert strange("date", f"It was on {said} then") == [said]

    @pytest.mark.parametrize(
        "said",
        [
            "12 March 1815", "March 12th, 1815", "the 12th of March 1815", "1815-03-12", "12/3/1815", "3/12/1815",
            "March 1815", "Mar. 12", "5 July 2004", "May 3", "7 May", "27 november 1852",
        ],
    )  # fmt: skip
    def test_that_are_given_in_another_form_are_not(self, said):
        assert strange("date", f"It was on {said} then") == []

    def test_a_number_of_a_date_is_not_found_twice(self):
        response = "It was on 13 March 1871 then"
        assert strange("number", response) == []
        assert strange("date", response) == ["13 March 1871"]

    def test_may_is_a_word_too(self):
        assert strange("date", "They may win 2 or 3 times and march for 12 miles") == []


class TestNames:
    @pytest.mark.parametrize("said", ["Grace Hopper", "John von Neumann", "Lake Baikal", "Eugene H. Krabs"])
    def test_of_which_nobody_said_a_word_are_found(self, said):
        assert strange("name", f"It was, says {said}, so") == [said]

    @pytest.mark.parametrize(
        "said",
        [
            "Ada Lovelace", "Countess Muller", "Müller's Machines", "the United Nations", "UN", "Sao Paulo City",
            "Keralan Style", "United Nations Organisation",
        ],
    )  # fmt: skip
    def test_of_which_one_word_is_known_are_not(self, said):
        assert strange("name", f"It was, says {said}, so") == []

    def test_initials_stand_for_a_name(self):
        texts = {"category": "closed_qa", "context": "The NBA grew.", "instruction": "Who grew?"}
        response = "It was the National Basketball Association, so"
        assert quoted("grounding.name", response, **texts) == []

    def test_one_word_and_the_start_of_a_sentence_are_no_evidence(self):
        assert strange("name", "Grace Hopper came. It was London. Then Paris fell. Key Points: none") == []


class TestTheirScope:
    def test_all_are_for_a_reviewer_and_in_the_response(self):
        response = "It was in 1871, on 13 June 1872, says Grace Hopper, so"
        found = findings(
            "closed_qa", instruction="Who?", context=PASSAGE, response=response, only="grounding"
        )
        assert [(rule, severity, field) for rule, severity, field, *_ in places(found)] == [
            ("grounding.number", "warning", "response"),
            ("grounding.date", "warning", "response"),
            ("grounding.name", "info", "response"),
        ]

    @pytest.mark.parametrize("category", ["open_qa", "general_qa", "brainstorming"])
    def test_without_a_passage_there_is_nothing_to_hold_against(self, category):
        assert (
            findings(category, response="In 1871, said Grace Hopper, and on 3 May 1999", only="grounding")
            == []
        )
