"""Whether a downloaded folder's figures of quality are those that its records give."""

import json

import pytest

from exports.domain.quality import PATH
from exports.services.release_folder import place
from exports.services.verification import Verification
from tests.support.damage import problems_of, rewrite
from tests.support.releases import make_contributions, make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(alice, rita):
    make_contributions(alice, rita)
    make_release()
    return place("1.0.0")


def tell(folder, group, **figures):
    """Change what the file tells, spelled as a release spells it."""

    def change(content):
        told = json.loads(content)
        told[group] |= figures
        return json.dumps(told, ensure_ascii=False, indent=2).encode() + b"\n"

    rewrite(folder, PATH, change)


class TestFigures:
    def test_are_proved_from_the_records(self, folder):
        assert problems_of(folder) == []

    @pytest.mark.parametrize("name", ["records", "lengths", "words", "passages", "warnings", "contributors"])
    def test_that_lie_are_named(self, folder, name):
        tell(folder, "counted", **{name: {}})
        assert problems_of(folder) == [f"{PATH} tells other {name} than the records give"]

    def test_that_nobody_counts_are_named(self, folder):
        tell(folder, "counted", stars=5)
        assert problems_of(folder) == [f"{PATH} tells other stars than the records give"]

    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b"[]", b'{"counted": 1, "stated": 2}', b"[" * 100_000, b'{"counted":{},"stated":{}}'],
    )
    def test_that_cannot_be_read_are_said_to_be_so(self, folder, content):
        rewrite(folder, PATH, lambda _: content)
        assert [problem.partition(":")[0] for problem in problems_of(folder)] == [PATH]

    def test_that_no_record_shows_are_the_sites_word(self, folder):
        verification = Verification(folder)
        assert list(verification.problems()) == []
        assert (
            f"Taken from {PATH}, the site's word: agreement, approval_rate, approvals_revoked, decisions, "
            "exact_copies, languages, near_duplicates, warnings_cleared."
        ) in verification.report()
