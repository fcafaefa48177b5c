"""Swear words and slurs, plain and disguised, and the innocent words beside them."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.checks import profanity
from tests.support.pairs import DOLLY, quoted

WORDS = sorted(profanity._words().plain)


class TestSwearing:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("What the fuck, you bitch!", ["fuck", "you bitch"]),
            ("Bullshit.", ["Bullshit"]),
            ("a son of a bitch's answer", ["son of a bitch"]),
            ("You dumb ass", ["dumb ass"]),
            ("#FuckThis and #fuck", ["fuck"]),
        ],
    )
    def test_is_found_with_its_place(self, text, found):
        assert quoted("profanity", text) == found

    @pytest.mark.parametrize(
        "disguised",
        [
            "f*ck", "f**k", "sh*t", "s**t", "m*th*rf*cker", "sh1t", "5h1t", "b1tch", "B!tch", "f@ck", "a$$", "d1ck",
            "fuuuuck", "shiiit", "f u c k", "f.u.c.k", "s-h-i-t", "fu\u200bck", "f\u200du\u2060ck", "fück", "FÜCK",
            "fu\u0441k", "ｆｕｃｋ", "**fuck**", "fuck!!!",
        ],
    )  # fmt: skip
    def test_a_disguise_hides_nothing(self, disguised):
        (found,) = quoted("profanity", f"Well, {disguised} it is")
        assert found == disguised.strip("*!")

    @given(st.sampled_from(WORDS), st.data())
    def test_no_word_of_the_list_hides_behind_a_star_or_an_invisible_character(self, word, data):
        place = data.draw(st.integers(1, len(word) - 1))
        for hidden in (
            f"{word[:place]}\u200b{word[place:]}",
            word.upper(),
            f"{word[:place]}*{word[place + 1 :]}",
        ):
            if len(word) > 3 or "*" not in hidden:
                found = quoted("profanity", f"Say {hidden} now")
                assert [part.rstrip("*") for part in found] == [hidden.rstrip("*")] or hidden.endswith("*")


# The words of better-profanity 0.7.0 (MIT) and of LDNOOBW that databricks-dolly-15k has, but for a slur
# and six that are meant as abuse, mild as they are.
INNOCENT_IN_DOLLY = """
    aryan asses breasts coon dick dink domination dong drunk dyke enlargement erect erection escort facial fanny
    fart fat flange gai gay gays gigolo god gringo guido hardcore hebe hell hemp herpes heroin hitler hiv homey
    homo hookah hooters hump jerk junkie kill knob kock kum lech len lesbians lesbos lez loin lust massa maxi meth
    murder nad naked nazi nimrod nude opium oral orally organ ovary paddy pawn pee penetrate penetration pimp piss
    pms pollock poop pot potty prick prostitute pubic punky queer reich revue rum rump sandbar scantily screw
    seaman seduce sex sexual sexually slave slope sniper sperm steamy stoned strip stroke stupid suck sucked
    sucking tard teat thrust thug tied tramp ugly urine uterus virgin vixen vodka wang weed weenie willy womb
    woody wop wtf xx
"""


class TestInnocentWords:
    @pytest.mark.parametrize(
        "text",
        [
            "Scunthorpe, Penistone, Sussex, Cockburn and Dickinson",
            "The cock crowed, and the ass and the black ass brayed.",
            "Kill a Python process, then kill the parent.",
            "Dick van Dyke, Dick Cheney and Philip K. Dick; did you, Dick?",
            "A Maine coon, a blue tit, a great tit and a pussy willow",
            "sex, sexual health, breast cancer, anus, penis and vagina",
            "spic and span; a chink in the armour; retarded potential; a fag end",
            "The A55 and the M5 in the 1990s cost $100 and 5*f*c; x**2",
            "class assassin, bass, grass, cocktail, peacock, shuttlecock, analysis, therapist, title",
            "a bitch and her puppies; hell, damn, crap, god, stupid, drunk, poop, weed, slave, virgin",
            "It's a plan: a b c d e f g h i j",
            "**bold** and #hashtag and me@shithub.example",
            "shiitake, Fukuoka, Focker, Hitchcock, Essex",
        ],
    )
    def test_are_left_alone(self, text):
        assert [part for part in quoted("profanity", text) if part != "shithub"] == []

    @pytest.mark.skipif(not DOLLY.exists(), reason="the real databricks-dolly-15k is not here")
    def test_of_real_records_with_innocent_hits_at_most_a_tenth_is_flagged(self):
        """A plain list's words, which dolly-15k uses in their innocent sense alone: each was read there."""
        listed = re.compile(rf"(?<!\w)(?:{'|'.join(INNOCENT_IN_DOLLY.split())})(?!\w)", re.IGNORECASE)
        texts = [
            " \n".join(map(record.get, ("instruction", "context", "response")))
            for record in map(json.loads, Path(DOLLY).read_text(encoding="utf-8").splitlines())
        ]
        hit = [text for text in texts if listed.search(text)]
        assert len(hit) > 500
        assert sum(bool(quoted("profanity", text)) for text in hit) <= len(hit) // 10
