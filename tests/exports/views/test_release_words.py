"""What a release's page tells somebody who has neither the site's shell nor Flock."""

import pytest

from tests.support.releases import make_release

pytestmark = pytest.mark.django_db

PAGE = "/releases/1.0.0/"
EXPORT = "./manage.py export_release 1.0.0 --to DIR"


@pytest.fixture
def published(contributions):
    return make_release(published=True)


def shown(client):
    return " ".join(client.get(PAGE).content.decode().split())


def test_a_stranger_is_sent_to_the_publisher_for_other_exports(client, published):
    page = shown(client)
    assert "Ask the publisher for an export" in page
    assert "export_release" not in page


def test_an_admin_is_told_the_command(client, published, adam):
    client.force_login(adam)
    page = shown(client)
    assert EXPORT in page
    assert "Ask the publisher" not in page


def test_a_stranger_is_told_where_the_check_comes_from(client, published):
    page = shown(client)
    assert "./manage.py verify_release DIR" in page
    assert "The command is Flock's, the program that this site runs: docs/verifying.md in its source" in page
