"""What holds for every rule about personal data, and what they find in real and in labelled texts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crowd.domain.categories import DOLLY_RULES
from crowd.domain.checks import MAX_PER_FIELD, Pair, check
from crowd.domain.checks.personal import CHECKS
from crowd.domain.checks.personal.reading import read
from crowd.domain.record_blocks import read_records
from tests.support.pairs import DOLLY, findings, places, quoted

ROOT = Path(__file__).resolve().parents[4]
LABELLED = ROOT.parent / "shared/data/pii/generated_large.json"


# What a pattern may run over again and again, each once for many texts of a million characters.
HOSTILE = [
    "7",
    "1 ",
    "(1",
    "+1",
    "1.",
    "a:",
    "[(",
    "@",
    "a@",
    "a@a.",
    "a dot ",
    "a at b dot ",
    "GB69",
    "SSN 1",
    "\u200b",
    "１",
    "12 St ",
    "Rue A ",
    "1 rue de l'A ",
    "a at b dot com ",
    "apt 1 ",
    "12 Aa Aa Aa ",
    "1 a\n",
    "lives at ",
    "meet at 12 ",
    "Aaa Bbb, 12 C St\n",
    "password=",
    'key: "',
    "eyJaaaaaaaa.",
    "://a:",
    "Bearer ",
    "-----BEGIN PRIVATE KEY-----",
]


class TestEveryRule:
    PLANTED = {
        "pii.email": "jane.doe@example.com",
        "pii.phone": "+44 20 7946 0958",
        "pii.card": "4111 1111 1111 1111",
        "pii.iban": "DE89370400440532013000",
        "pii.id": "390.533.447-05",
        "pii.ip": "81.2.69.142",
        "pii.address": "12 High Street, Leeds LS1 4AP",
    }

    def test_looks_at_every_text(self):
        texts = dict.fromkeys(("instruction", "context", "response"), "Ask jane@example.com.")
        found = findings("closed_qa", **texts, only="pii")
        assert places(found) == [("pii.email", "warning", field, 4, 20) for field in texts]

    def test_tells_so_much_of_one_text_and_no_more(self):
        found = findings(response="jane@example.com " * (MAX_PER_FIELD + 1), only="pii.email")
        assert len(found) == MAX_PER_FIELD

    @pytest.mark.parametrize(("rule", "value"), PLANTED.items())
    def test_message_says_what_to_do_and_does_not_repeat_what_was_found(self, rule, value):
        (finding,) = findings(response=f"Note: {value}", only=rule)
        shown = finding.message.partition(": ")[2].partition(". ")[0]
        assert len(shown) <= 1 + len(value) // 4
        assert "emove it" in finding.message

    @given(st.sampled_from(sorted(PLANTED)), st.text("\u200b\u2060\ufeff", max_size=2), st.data())
    def test_what_does_not_show_hides_nothing(self, rule, unseen, data):
        value = self.PLANTED[rule]
        at = data.draw(st.integers(1, len(value) - 1))
        hidden = value[:at] + unseen + value[at:]
        assert quoted(rule, f"Note: {hidden}") == [hidden]

    @given(st.sampled_from(sorted(PLANTED)), st.text(max_size=40))
    @example("pii.email", "é\u200b①½ﬃ")
    def test_place_does_not_move_with_the_text_before_it(self, rule, before):
        planted = f"{before}\n\nNote: {self.PLANTED[rule]}"
        assert quoted(rule, planted)[-1] == self.PLANTED[rule]

    @given(st.text())
    @example("a\u200b\u00adｂ\ufe0f１①")
    def test_reading_knows_where_each_of_its_characters_stood(self, text):
        reading = read(text)
        assert len(reading.offsets) == len(reading.text)
        assert list(reading.offsets) == sorted(set(reading.offsets))

    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_no_repetition_of_anything_takes_long_enough_to_be_cut_off(self, hostile):
        found = check(
            Pair("open_qa", "", "", hostile * (1_000_000 // len(hostile))),
            DOLLY_RULES["open_qa"],
            checks=CHECKS,
        )
        assert {finding.rule for finding in found} <= {rule.rule for rule in CHECKS}


class TestTheWebProcess:
    def test_names_these_rules_without_loading_their_libraries(self):
        program = (
            "import sys; from crowd.domain.checks import CHECKS, DOOR;"
            "print(sorted({'phonenumbers', 'stdnum'} & sys.modules.keys()), 'pii.email' in {c.rule for c in DOOR})"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
        )
        assert done.stdout == "[] False\n"


@pytest.fixture(scope="module")
def lines() -> dict[str, set[int]]:
    """The lines of dolly-15k on which each rule finds something."""
    found: dict[str, set[int]] = {rule.rule: set() for rule in CHECKS}
    with DOLLY.open("rb") as file:
        for number, record in read_records(file):
            pair = Pair(record.category, record.instruction, record.context, record.response)
            for finding in check(pair, DOLLY_RULES[record.category], checks=CHECKS):
                found[finding.rule].add(number)
    return found


@pytest.mark.skipif(not DOLLY.exists(), reason="the real databricks-dolly-15k is not here")
class TestDolly15k:
    def test_every_record_with_an_e_mail_address_is_found_and_no_other(self, lines):
        assert lines["pii.email"] == {905, 1982, 6085, 6271, 8635, 9363, 10266}

    def test_every_telephone_number_found_is_one(self, lines):
        assert lines["pii.phone"] == {6271, 7355, 9363, 10266}

    def test_the_one_password_is_found(self, lines):
        assert lines["pii.secret"] == {9363}

    @pytest.mark.parametrize("rule", ["pii.card", "pii.iban", "pii.id", "pii.ip"])
    def test_what_it_does_not_hold_is_not_found(self, lines, rule):
        assert lines[rule] == set()


@pytest.mark.skipif(not LABELLED.exists(), reason="the labelled texts of presidio-research are not here")
class TestLabelledTexts:
    """The floor; `benchmarks/personal.py` measures recall and precision beside Presidio's."""

    LABELS = {
        "pii.email": "EMAIL_ADDRESS",
        "pii.card": "CREDIT_CARD",
        "pii.iban": "IBAN_CODE",
        "pii.ip": "IP_ADDRESS",
    }

    @pytest.mark.parametrize(("rule", "label"), LABELS.items())
    def test_what_has_a_format_is_found_exactly(self, rule, label):
        checks = [row for row in CHECKS if row.rule == rule]
        for row in json.loads(LABELLED.read_text(encoding="utf-8")):
            found = check(Pair("open_qa", "", "", row["full_text"]), DOLLY_RULES["open_qa"], checks=checks)
            labelled = {
                (s["start_position"], s["end_position"]) for s in row["spans"] if s["entity_type"] == label
            }
            assert {(finding.start, finding.end) for finding in found} == labelled
