"""A check that raises or never ends is cut off and reported, and the others say what they would have said."""

import contextlib
import dataclasses
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.categories import DOLLY_RULES
from crowd.domain.checks import CHECKS, DOOR, FAILED, Pair, check
from crowd.domain.checks.model import Check, each_field
from crowd.domain.checks.running import MAX_CHARS
from tests.support.pairs import INSTRUCTION, RESPONSE

ROOT = Path(__file__).parents[4]
PAIR = Pair("open_qa", INSTRUCTION, "", f"{RESPONSE} https://example.org/sky")
RULE = DOLLY_RULES["open_qa"]

# A pattern that a hostile text makes exponential: 2 to the 60th steps.
RUNAWAY = re.compile("(a+)+b")


def hang(pair, category):
    RUNAWAY.fullmatch("a" * 60)
    yield from ()


def spin(pair, category):
    """Would swallow its own end, were that an Exception."""
    while True:
        with contextlib.suppress(Exception):
            yield from ()


def fail(pair, category):
    raise LookupError("no such word")


def missing_library():
    raise OSError("no such model")


def planted(run, rule="planted"):
    return Check(rule, 7, "info", "pair", run)


class TestOneThatFails:
    @pytest.mark.parametrize(
        ("run", "says"),
        [(hang, "took too long"), (spin, "took too long"), (fail, "failed on this text (LookupError)")],
    )
    def test_is_reported_in_its_place_and_the_others_go_on(self, run, says):
        found = check(PAIR, RULE, checks=(DOOR[0], planted(run), *CHECKS), cpu_seconds=0.2)
        assert [finding for finding in found if finding.rule != FAILED] == check(PAIR, RULE)
        (failed,) = [finding for finding in found if finding.rule == FAILED]
        assert (failed.severity, failed.version) == ("warning", 7)
        assert f"The check planted {says}" in failed.message

    def test_so_is_one_whose_library_cannot_be_loaded(self):
        broken = dataclasses.replace(planted(fail), prepare=missing_library)
        found = check(PAIR, RULE, checks=(DOOR[0], broken, *CHECKS))
        assert [finding for finding in found if finding.rule != FAILED] == check(PAIR, RULE)
        (failed,) = [finding for finding in found if finding.rule == FAILED]
        assert "The check planted could not be made ready (OSError)" in failed.message

    def test_two_are_cut_off_one_after_the_other(self):
        found = check(PAIR, RULE, checks=(planted(hang, "a"), planted(hang, "b")), cpu_seconds=0.2)
        assert [finding.message.split()[2] for finding in found] == ["a", "b"]

    def test_without_the_guard_it_does_not_end(self):
        """The control: the same check, told that it may take an hour, is ended by the system's own limit."""
        program = (
            "import resource, time\n"
            "from tests.crowd.domain.checks.test_guard import PAIR, RULE, check, hang, planted\n"
            "limit = int(time.process_time()) + 3\n"
            "resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))\n"
            "check(PAIR, RULE, checks=[planted(hang)], cpu_seconds={})\n"
        )
        ended = [
            subprocess.run([sys.executable, "-c", program.format(seconds)], cwd=ROOT, check=False).returncode
            for seconds in (0.2, 3600)
        ]
        assert ended[0] == 0
        assert ended[1] < 0

    def test_a_thread_is_told_of_one_that_raises_too(self):
        found = []
        thread = threading.Thread(target=lambda: found.extend(check(PAIR, RULE, checks=[planted(fail)])))
        thread.start()
        thread.join()
        assert [finding.rule for finding in found] == [FAILED]


class TestWhatAllChecksKeep:
    texts = st.text(max_size=80) | st.sampled_from(
        [
            "As an AI, I sh1t https://x.org/a 1,200 ",
            "раypal <b>x</b> &amp; ",
            "On 3 May 1999 Ada Lovelace said ",
        ]
    ).map(lambda text: text * 3)

    @given(texts, texts, texts, st.sampled_from(sorted(DOLLY_RULES)))
    def test_places_lie_in_the_field_and_twice_gives_the_same(self, instruction, context, response, category):
        pair, rule = Pair(category, instruction, context, response), DOLLY_RULES[category]
        found = check(pair, rule)
        assert check(pair, rule) == found
        assert FAILED not in {finding.rule for finding in found}
        for finding in found:
            assert 0 <= finding.start <= finding.end <= len(pair.text_of(finding.field))

    @given(texts, texts, texts, st.sampled_from(sorted(DOLLY_RULES)))
    def test_each_answers_alone_as_among_the_others(self, instruction, context, response, category):
        pair, rule = Pair(category, instruction, context, response), DOLLY_RULES[category]
        alone = [finding for one in CHECKS for finding in check(pair, rule, checks=[one])]
        assert alone == check(pair, rule)

    def test_the_door_says_what_all_say_of_its_rules(self):
        rules = {rule.rule for rule in DOOR}
        assert check(PAIR, RULE, checks=DOOR) == [f for f in check(PAIR, RULE) if f.rule in rules]

    def test_every_error_is_said_at_the_door(self):
        assert {rule.rule for rule in CHECKS if rule.severity == "error"} <= {rule.rule for rule in DOOR}


# Repeated, they make a pattern that is not linear take minutes to hours. The cut-off decides, not the clock.
UNITS = [
    "a", "A", " ", "\n", "1", "1,", "1.", "0-", "*", "@", "$", "a*", "a@", "a1", "!", "#", "&", "&amp", "<", "<a ", "</",
    "[", "[[", "[a", "{{", "'", "''", "`", "```", "```\n", "\\", "\\text", "http://", "http://a", "www.", "www.a", "(",
    "a ", "a.", "a-", "A b ", "Aa ", "Aa", "Ab. ", "May ", "1 May ", "May 1", "1999-", "century ", "one ", "one hundred ",
    "\u200b", "\u200d", "\u0301", "\u00a0", "a\u00a0b", "\u2022", "\u2022 ", "é", "É", "\u00c3", "\u00e2\u20ac", "\ufffd",
    "а", "аa", "α", "\uff21", "\U0001d400", "漢", "ع", "### ", "source:", "image: ", "read more", "as an a", "fuck", "f ",
    "f.", "`a`<b>", "f*", "aaa", "a's ", "'s", "–", "—", "1–", "%", "$1", "1e", "١", "½", "(a", "\r\n", "\t", "\x00", "\ud800",
]  # fmt: skip
HOSTILE_CHARS = 60_000


@pytest.mark.slow
class TestHostileTexts:
    @pytest.mark.parametrize("rule", CHECKS, ids=lambda rule: rule.rule)
    def test_no_text_makes_a_check_run_away(self, rule):
        """A quadratic pattern takes 3.6 billion steps here, which the guard's ten seconds do not allow."""
        reads_all = dataclasses.replace(rule, at_door=True)
        for unit in UNITS:
            hostile = (unit * HOSTILE_CHARS)[:HOSTILE_CHARS]
            for text in (hostile + "x", "x" + hostile + "\n"):
                pair = Pair("general_qa", hostile[:1000], text, text)
                found = check(pair, DOLLY_RULES["general_qa"], checks=[reads_all])
                assert [f.message for f in found if f.rule == FAILED] == [], repr(unit)

    @pytest.mark.parametrize("rule", CHECKS, ids=lambda rule: rule.rule)
    def test_nor_do_many_different_things(self, rule):
        """What one text has is looked for in the other: all with all would be a hundred million comparisons."""
        numbers = " ".join(
            f"{number} and {number}.5 km, so Aa{number} Bb, <b>`<i>`</b>" for number in range(9_000)
        )
        names = " ".join(
            f"so {a}{b}{c}xyzw {c}{b}{a}xyzw," for a in "ABCDEFGH" for b in "aeiou" for c in "XYZWVUTS"
        )
        for context, response in ((numbers, numbers.replace("0", "7")), (names, names.lower() + names)):
            pair = Pair("closed_qa", "Why?", context, response)
            found = check(pair, DOLLY_RULES["closed_qa"], checks=[dataclasses.replace(rule, at_door=True)])
            assert [f.message for f in found if f.rule == FAILED] == []

    def test_what_no_text_may_have_is_read_no_further(self):
        seen = []
        look = each_field(lambda value: seen.append(len(value)) or iter(()), str)
        ten_megabytes = Pair("open_qa", "a" * 10_000_000, "", "b")
        check(ten_megabytes, RULE, checks=[Check("look", 1, "info", "field", look)])
        assert seen == [MAX_CHARS, 0, 1]
