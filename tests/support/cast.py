"""The cast: alice and bob write, rita and ravi review, adam and ada administer, lena has left."""

from types import SimpleNamespace

import pytest

from tests.support.factories import make_person


@pytest.fixture
def alice(db):
    return make_person("alice")


@pytest.fixture
def bob(db):
    return make_person("bob")


@pytest.fixture
def rita(db):
    return make_person("rita", role="reviewer")


@pytest.fixture
def ravi(db):
    return make_person("ravi", role="reviewer")


@pytest.fixture
def adam(db):
    return make_person("adam", role="admin")


@pytest.fixture
def ada(db):
    return make_person("ada", role="admin")


@pytest.fixture
def lena(db):
    return make_person("lena", is_active=False)


@pytest.fixture
def people(alice, bob, rita, ravi, adam, ada, lena):
    """All of them at once."""
    return SimpleNamespace(alice=alice, bob=bob, rita=rita, ravi=ravi, adam=adam, ada=ada, lena=lena)
