"""A refused cut blames what is at fault, and names the ways that lead out: at the terminal and on the page."""

import pytest
from django.core.management import call_command

from crowd.management.base import Refusal
from crowd.models import Version
from exports.models import Release
from tests.support.factories import make_source, make_submission

pytestmark = pytest.mark.django_db

LICENCE = ["--licence", "CC-BY-SA-3.0"]


@pytest.fixture
def newer():
    """A record under a licence that cannot go back to CC BY-SA 3.0."""
    return make_submission(source=make_source("d4", licence="CC-BY-SA-4.0"), state="approved")


@pytest.fixture
def older():
    return make_submission(source=make_source("d3", licence="CC-BY-SA-3.0"), state="approved")


def refusal(*options):
    with pytest.raises(Refusal) as refused:
        call_command("cut_release", "1.0.0", *options)
    return str(refused.value)


def page(client, adam):
    client.force_login(adam)
    return " ".join(client.get("/releases/1.0.0/").content.decode().split())


class TestALicenceThatNotEveryRecordPermits:
    def test_is_at_fault_and_not_the_profile(self, older, newer):
        assert refusal(*LICENCE) == (
            "Release 1.0.0 is refused: 1 record does not permit CC-BY-SA-3.0. It would pass without --licence or with "
            "--without-source d4."
        )

    @pytest.mark.parametrize("options", [[], [*LICENCE, "--without-source", "d4"]])
    def test_has_the_ways_out_that_are_named(self, older, newer, options):
        refusal(*LICENCE)
        call_command("cut_release", "1.0.0", *options)
        assert Release.objects.get().state == "ready"

    def test_is_told_on_the_page(self, client, adam, older, newer):
        refusal(*LICENCE)
        shown = page(client, adam)
        assert "1 record does not permit CC-BY-SA-3.0. Nothing was released" in shown
        assert "Without asking for CC-BY-SA-3.0 it would pass" in shown
        assert "does not fit the profile" not in shown

    def test_of_one_record_with_another_fault_is_not_all(self, older, newer):
        """A model's text stays a model's without a licence of one's own."""
        make_submission(source=make_source("bot", origin="model"), state="approved")
        assert refusal(*LICENCE) == (
            "Release 1.0.0 is refused: 2 records cannot be released, for the reasons above. It would pass with "
            "--without-source bot d4."
        )


class TestATextThatIsNotAsItWasApproved:
    def test_is_at_fault_and_not_the_profile(self, client, adam, contributions):
        Version.objects.filter(submission__in=contributions[:2]).update(sha256="0" * 64)
        assert refusal() == "Release 1.0.0 is refused: 2 records are not stored as they were approved."
        assert "2 records are not stored as they were approved. Nothing was released" in page(client, adam)
