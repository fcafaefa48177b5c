"""Which instructions ask the same, which only look alike, and that the sentence why names the difference."""

from importlib.resources import files
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.similarity import Record, verify
from crowd.domain.similarity.phrasing import plainest
from crowd.domain.similarity.profiles import question_of
from crowd.domain.similarity.questions import compare_questions, near_keys

SAME = "the same instruction after case and punctuation"


def asked(one, other):
    """Compare two instructions whose responses have nothing in common."""
    records = Record(one, "", "Yes."), Record(other, "", "It depends on who asks.")
    return [(match.kind, match.why) for match in verify(*records) if match.on == "instruction"]


def kinds(one, other):
    return [kind for kind, _ in asked(one, other)]


class TestSameWords:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("What is steam?", "what is STEAM"),
            ("What’s steam…", "What's steam"),
            ("What is\u00a0 steam\u200b?", "What is steam?"),
            ("De\ufb01ne steam", "Define “steam”!"),
            ("水是什么？", "水是什么"),
        ],
    )
    def test_after_case_and_punctuation_they_are_near(self, one, other):
        assert asked(one, other) == [("near", SAME)]

    @pytest.mark.parametrize("empty", ["", " \n", "\u200b"])
    def test_empty_instructions_ask_nothing(self, empty):
        assert asked(empty, empty) == []

    def test_signs_alone_are_told_apart(self):
        assert (asked("???", "???"), asked("???", "!!!")) == ([("near", SAME)], [])


OTHER_WORDS = [
    ("Is a tomato a fruit or a vegetable?", "Is tomato a fruit or vegetable?", "“a”"),
    ("Please name three rivers of Spain", "Name three rivers of Spain.", "“please”"),
    ("Name three rivers of Spain", "Name 3 rivers of Spain", "“3”, “three”"),
    (
        "Can you please tell me what steam is?",
        "What steam is?",
        "“can”, “me”, “please”, “tell”, “you”",
    ),
    ("Explain steam. Thanks in advance!", "Explain steam", "“advance”, “in”, “thanks”"),
    ("Why do kids like trains?", "Why do children like trains?", "“children”, “kids”"),
    ("What's the longest river?", "What is the longest river?", "“is”, “s”"),
    ("What is a mammal?", "What are mammals?", "“a”, “are”, “is”, “mammal”, “mammals”"),
    ("How do I boil an egg?", "How to boil an egg", "“do”, “i”, “to”"),
    ("Why do all our kettles sing?", "Why do all our ketltes sing?", "“ketltes”, “kettles”"),
    ("Who is a professional?", "Who is a profesional?", "“profesional”, “professional”"),
    ("What do volcanoes throw out?", "What do volcnoes throw out?", "“volcanoes”, “volcnoes”"),
    ("What do volcanoes throw out?", "What do vollcanoes throw out?", "“volcanoes”, “vollcanoes”"),
    ("What do volcanoes throw out?", "What do volcamoes throw out?", "“volcamoes”, “volcanoes”"),
    ("Describe the moon's far side", "Desctibe the moon's far side", "“describe”, “desctibe”"),
    ("Who was Ryjadirn?", "Who was Ryajdirn?", "“ryajdirn”, “ryjadirn”"),
]
EXCHANGED = ("In Spain, which river is the longest?", "Which river is the longest in Spain?")


class TestOtherWords:
    @pytest.mark.parametrize(("one", "other", "but_for"), OTHER_WORDS)
    def test_they_are_near_and_the_words_are_named(self, one, other, but_for):
        assert asked(one, other) == [("near", f"the same instruction but for {but_for}")]

    def test_parts_in_another_order_are_near(self):
        why = "the same instruction, its parts in another order"
        assert asked(*EXCHANGED) == [("near", why)]

    def test_long_differences_are_cut(self):
        one, other = (
            "Why do kids like trains?",
            "Hello! I would like to know: why do children like trains? Thanks",
        )
        assert asked(one, other)[0][1].endswith("“hello”, “i”, “kids”, “know”, “like” and 3 more")


class TestOtherQuestions:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("What is the capital of France?", "What is the capital of Peru?"),
            ("What is 5 + 3 in the binary system?", "What is 5 - 3 in the binary system?"),
            ("What is 3.5 in the binary system?", "What is 3-5 in the binary system?"),
            ("What is -5 squared, and why so?", "What is 5 squared, and why so?"),
            ("Name 3 rivers of Spain", "Name 5 rivers of Spain"),
            ("Name three rivers of Spain", "Name five rivers of Spain"),
            ("How many miles are 5 km?", "How many miles are 5 m?"),
            ("Who was president John Adams?", "Who was president John Quincy Adams?"),
            ("What is a bank?", "What is a bank run?"),
            ("What is Python used for today?", "What is a python used for today?"),
            ("What does vitamin A do for us?", "What does vitamin do for us?"),
            ("Who painted the portrait of Brian?", "Who painted the portrait of Brain?"),
            ("Where does a petrel come from?", "Where does a petrol come from?"),
            ("Who has heard of Marcos?", "Who has heard of Marcus?"),
            ("Is London larger than Paris?", "Is Paris larger than London?"),
            ("How do I reach Georgia?", "How do I reach Georgian?"),
            ("Subtract 3 from 5, please", "From 5 subtract 3"),
            ("Why is tea healthy?", "Why is tea not healthy?"),
            ("Why is tea healthy?", "Why isn't tea healthy?"),
            ("Which animal is the largest?", "Which animal is the smallest?"),
            ("What happened before the war?", "What happened after the war?"),
            ("Who is the best guitarist?", "Who are the best guitarists?"),
            ("When did the war begin?", "Why did the war begin?"),
            ("How many people live there?", "How much people live there?"),
            ("Who is the president?", "Who was the president?"),
            ("Is milk more acidic than tea?", "Is milk less acidic than tea?"),
            ("कि क्या है यह बताओ", "का क्या है यह बताओ"),
        ],
    )
    def test_another_number_name_degree_or_order_is_never_near(self, one, other):
        assert set(kinds(one, other)) <= {"similar"}

    def test_where_only_signs_differ_they_are_named(self):
        one, other = "What is 5 + 3 in the binary system?", "What is 5 - 3 in the binary system?"
        why = "100% of all runs of four letters are in both; they differ in “+”, “-”"
        assert asked(one, other) == [("similar", why)]

    def test_a_changed_name_in_a_long_question_is_similar_and_named(self):
        why = "71% of all runs of four letters are in both; they differ in “peru”, “spain”"
        assert asked("What is the largest river of Spain?", "What is the largest river of Peru?") == [
            ("similar", why)
        ]


PHRASES = [
    "Please",
    "tell me",
    "what",
    "is",
    "are",
    "the",
    "a",
    "python",
    "Python",
    "kids",
    "children",
    "5",
    "three",
]
PHRASES += [
    "in Spain",
    "which",
    "not",
    "ketlte",
    "thanks",
    "how do I",
    "list of",
    "don't",
    "水",
    "ﬁsh",
    "some",
    "?!",
]
INSTRUCTIONS = st.lists(st.sampled_from(PHRASES), max_size=7).map(" ".join) | st.text(max_size=40)


class TestLaws:
    @given(INSTRUCTIONS, INSTRUCTIONS)
    def test_the_order_of_two_instructions_changes_nothing(self, one, other):
        assert asked(one, other) == asked(other, one)

    @given(INSTRUCTIONS)
    def test_an_instruction_is_near_itself_after_case(self, text):
        assert asked(text, text) in ([], [("near", SAME)])

    @given(INSTRUCTIONS)
    def test_please_changes_nothing(self, text):
        assert kinds(f"Why is {text} so?", f"Please, why is {text} so?") == ["near"]

    @given(st.lists(INSTRUCTIONS, min_size=2, max_size=6))
    def test_what_asks_the_same_shares_a_near_key(self, texts):
        asking = [made for made in map(question_of, texts) if made is not None]
        for one, other in combinations(asking, 2):
            if compare_questions(one, other, similar=False):
                assert _share_a_near_key(one, other)

    @pytest.mark.parametrize(("one", "other"), [EXCHANGED, *(row[:2] for row in OTHER_WORDS)])
    def test_so_does_every_pair_that_is_near_here(self, one, other):
        assert _share_a_near_key(question_of(one), question_of(other))


def _share_a_near_key(one, other):
    return any(a == b for a, b in zip(near_keys(one), near_keys(other), strict=True))


class TestLongTexts:
    @pytest.mark.parametrize(
        "text", ["a" * 300_000, "thanks " * 40_000 + "x can", "one " * 80_000, "tell me " * 40_000 + "why"]
    )
    def test_they_cost_no_more_than_their_length(self, text):
        """Each takes minutes where time or memory goes with the square of the length."""
        assert kinds(text, f"Please {text}") == ["near"]


class TestEnglish:
    @pytest.mark.parametrize(("name", "count"), [("words.txt", 25_000), ("rare_words.txt", 104_517)])
    def test_its_words_are_plain_and_each_stands_once(self, name, count):
        words = (files("crowd.domain.similarity") / "english" / name).read_text().split()
        odd = {word for word in words if not (word.isalpha() and word.islower())}
        assert (len(words), len(set(words)), odd) == (count, count, set())

    def test_a_word_is_in_one_group_of_synonyms_at_most_and_its_first_is_the_plainest(self):
        assert {plainest()[first] for first in plainest().values()} == set(plainest().values())
