import pytest

from tests.support import fake_wiki
from tests.support.clock import Clock
from tests.support.factories import make_grant
from tests.support.wiki import HTML, REVISION, quote


@pytest.fixture
def writer(alice):
    """Alice, who has accepted the licence grant."""
    make_grant(alice)
    return alice


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def wikipedia(settings):
    """The configured wiki, with one revision."""
    with fake_wiki.serving() as served:
        served.revisions[REVISION] = HTML
        settings.WIKI_URL = f"{served.url}/w/"
        yield served


@pytest.fixture
def quoting(wikipedia, db):
    """A pair whose passage stands in the wiki's revision."""
    return quote(wikipedia)
