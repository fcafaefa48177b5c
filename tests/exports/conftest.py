import pytest


@pytest.fixture(autouse=True)
def releases_dir(settings, tmp_path):
    """Releases of a test's own."""
    settings.RELEASES_DIR = tmp_path / "releases"
    return settings.RELEASES_DIR
