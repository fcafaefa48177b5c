import pytest
from django.test import Client

from tests.support.factories import make_claim, make_submission

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
