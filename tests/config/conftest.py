import pytest

from config import environment as env
from tests.support import fake_directory


@pytest.fixture
def environment(monkeypatch):
    """Set variables of the directory."""

    def set_all(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(f"FLOCK_OIDC_{name}", value)
        return env.single_sign_on()

    return set_all


@pytest.fixture
def directory(settings, environment, db):
    with fake_directory.serving() as directory:
        settings.SOCIALACCOUNT_PROVIDERS = environment(
            URL=directory.url,
            NAME="Acme",
            CLIENT_ID=fake_directory.CLIENT_ID,
            SECRET=fake_directory.SECRET,
        )
        settings.OIDC_REVIEWER_GROUPS = ["flock-reviewers"]
        settings.OIDC_ADMIN_GROUPS = ["flock-admins"]
        yield directory
