import pytest

from tests.support.releases import make_contributions


@pytest.fixture(autouse=True)
def releases_dir(settings, tmp_path):
    """Releases of a test's own."""
    settings.RELEASES_DIR = tmp_path / "releases"
    return settings.RELEASES_DIR


@pytest.fixture
def contributions(alice, rita):
    """Alice's three approved pairs, one of them about a passage."""
    return make_contributions(alice, rita)
