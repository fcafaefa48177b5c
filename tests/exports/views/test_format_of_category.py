"""One category of a release, in a format, from the release's page."""

import json

import pytest

from crowd.domain.records import parse_record
from exports.domain.formats import FORMATS
from exports.services.release_folder import place
from tests.support.releases import make_approved, make_release

pytestmark = pytest.mark.django_db

PAGE = "/releases/1.0.0/"


@pytest.fixture
def published(contributions):
    return make_release(published=True)


def ask(client, name, category):
    return client.get(f"{PAGE}shapes/{name}.jsonl", {"category": category})


@pytest.mark.parametrize("name", ["messages", "prompt-completion", "alpaca"])
def test_has_its_records_alone_in_the_releases_order(client, published, name):
    found = {}
    for category in published.counts["categories"]:
        response = ask(client, name, category)
        assert (
            response["Content-Disposition"] == f'attachment; filename="flock-1.0.0-{name}-{category}.jsonl"'
        )
        found[category] = [json.loads(line) for line in response.getvalue().splitlines()]
    lines = (place("1.0.0") / "data/train.jsonl").read_bytes().splitlines()
    records = [parse_record(line) for line in lines]
    assert found == {
        category: [FORMATS[name].row(record) for record in records if record.category == category]
        for category in ("closed_qa", "creative_writing", "open_qa")
    }


@pytest.mark.parametrize("category", ["brainstorming", "../open_qa", 'x"; filename="y'])
def test_that_the_release_does_not_have_is_not_found(client, published, category):
    assert ask(client, "alpaca", category).status_code == 404


def test_is_offered_on_the_page(client, published):
    assert f'href="{PAGE}shapes/alpaca.jsonl?category=closed_qa"' in client.get(PAGE).text


def test_is_not_offered_where_there_is_one_category(client, alice, rita):
    make_approved(alice, rita)
    make_release(published=True)
    assert "?category=" not in client.get(PAGE).text
