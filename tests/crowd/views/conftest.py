import pytest
from django.test import Client

from tests.support.factories import make_claim, make_draft, make_submission
from tests.support.wiki import REVISION

# Until long after these tests were written: pages ask the real clock.
MANY_YEARS = 60 * 24 * 365 * 50


@pytest.fixture
def browse(db):
    """A browser of somebody's own, signed in: `browse(alice).get("/")`."""

    def browser(person=None):
        client = Client()
        if person:
            client.force_login(person)
        return client

    return browser


@pytest.fixture
def held(alice, rita):
    """Something of alice's that rita holds."""
    return make_claim(make_submission(alice), rita, minutes=MANY_YEARS)


@pytest.fixture
def swifts(wikipedia):
    """The wiki, with pages that can be found."""
    wikipedia.revisions |= {8: "<p>Barn swallows nest in barns.</p>", 9: "<ul><li>Apus apus</li></ul>"}
    wikipedia.pages |= {"Common swift": REVISION, "Barn swallow": 8, "List of swifts": 9}
    wikipedia.redirects["Apus apus"] = "Common swift"
    return wikipedia


@pytest.fixture
def draft(alice):
    """A question of alice's that has no passage yet."""
    return make_draft(alice, category="closed_qa", instruction="When do swifts sleep?")
