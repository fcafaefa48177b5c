"""Anybody may ask whose a pseudonym is; none can be computed back, and asking must not keep the site busy."""

import pytest

from exports.domain import pseudonym as pseudonyms
from tests.support.api import client_of
from tests.support.factories import make_person
from tests.support.releases import make_approved, make_release, provenance

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/lineage/"
NOBODYS = "0" * pseudonyms.HEX_DIGITS


@pytest.fixture
def made(monkeypatch):
    """For whom, and of which release, a pseudonym is made from here on."""
    made, make = [], pseudonyms.pseudonym

    def counted(person, *, release, key):
        made.append((person, release))
        return make(person, release=release, key=key)

    monkeypatch.setattr(pseudonyms, "pseudonym", counted)
    return made


@pytest.fixture
def release(contributions):
    """One published release, beside people who are in none."""
    for number in range(20):
        make_person(f"idle{number}")
    return make_release(published=True)


def ask(name, person=None):
    return client_of(person).get(ADDRESS, {"pseudonym": name})


def test_only_authors_of_a_release_are_asked_and_once(release, alice, made):
    assert [ask(NOBODYS).status_code for _ in range(3)] == [404] * 3
    assert made == [(alice.pk, "1.0.0")]


def test_what_is_no_pseudonym_asks_nobody(release, made):
    assert [ask(name).status_code for name in ("x", "X" * 24, NOBODYS[1:])] == [404] * 3
    assert made == []


def test_a_later_release_is_found_as_well(release, bob, rita):
    assert ask(NOBODYS).status_code == 404
    make_approved(bob, rita)
    make_release("1.1.0", published=True)
    names = {line["author"] for line in provenance("1.1.0")}
    assert [ask(name).json()["contributors"] for name in sorted(names)] == [
        [{"pseudonym": name, "release": "1.1.0"}] for name in sorted(names)
    ]


def test_of_a_release_that_is_not_shown_only_ones_own_is_made(contributions, alice, bob, made):
    make_release()
    name = provenance()[0]["author"]
    made.clear()
    assert [ask(name, person).status_code for person in (None, bob)] == [404, 404]
    assert made == [(bob.pk, "1.0.0")]
    assert ask(name, alice).status_code == 200
