import pytest
from django.urls import reverse

from exports.domain.release import Choice
from tests.support.api import client_of
from tests.support.pages import text_of
from tests.support.releases import correct, make_release, take_back
from tests.support.runs import make_run

pytestmark = pytest.mark.django_db

PAGE, API = "/releases/1.0.0/", "/api/v1/releases/1.0.0/"
SINCE = "1 record was withdrawn and 2 records were corrected"


@pytest.fixture
def published(contributions):
    return make_release(published=True)


@pytest.fixture
def changed(published, contributions, rita):
    """The release, since then one of its records was withdrawn and two were corrected."""
    gone, *others = contributions
    take_back(gone)
    for submission in others:
        correct(submission, rita)
    return published


class TestTheReleasesPage:
    def test_says_nothing_while_all_stands(self, client, published):
        assert "stand no longer" not in text_of(client.get(PAGE))

    def test_tells_everybody_what_became_of_its_records(self, client, changed):
        assert f"Since this release was cut, {SINCE}." in text_of(client.get(PAGE))

    def test_names_the_newer_release_once_it_may_be_read(self, client, changed):
        newer = make_release("1.1.0")
        assert "1.1.0" not in text_of(client.get(PAGE))
        newer.published_at = newer.created_at
        newer.save()
        page = client.get(PAGE)
        assert "Take release 1.1.0 instead." in text_of(page)
        assert f'href="{reverse("exports:release", args=["1.1.0"])}"' in page.content.decode()

    def test_of_the_newer_one_has_the_changelog_and_what_it_follows(self, client, changed):
        make_release("1.1.0", published=True)
        page = client.get("/releases/1.1.0/")
        assert "0 added, 2 changed, 1 no longer in it" in text_of(page)
        assert f'<a href="{PAGE}">1.0.0</a>' in page.content.decode()

    def test_does_not_link_what_may_not_be_read(self, client, contributions):
        make_release()
        make_release("1.1.0", published=True)
        page = client.get("/releases/1.1.0/")
        assert "Follows 1.0.0" in text_of(page)
        assert f'href="{PAGE}"' not in page.content.decode()


class TestTheApi:
    def test_counts_what_became_of_a_release(self, client, changed):
        shown = client.get(API).json()
        assert (shown["since"], shown["newer"]) == ({"withdrawn": 1, "corrected": 2}, None)

    def test_names_the_newer_release(self, client, changed):
        make_release("1.1.0", published=True)
        make_release("2.0.0-rc.1")
        make_release("2.0.0-research", Choice("research"), published=True)
        assert client.get(API).json()["newer"] == "1.1.0"
        newest = client.get("/api/v1/releases/1.1.0/").json()
        assert (newest["since"], newest["newer"]) == ({"withdrawn": 0, "corrected": 0}, None)

    def test_marks_a_run(self, changed, adam):
        run = make_run(changed, adam, state="succeeded")
        shown = client_of(adam).get(f"/api/v1/runs/{run.public_id}/").json()
        assert shown["release_since"] == {"withdrawn": 1, "corrected": 2}


class TestTheModels:
    @pytest.fixture
    def run(self, changed, adam, client, settings, tmp_path):
        settings.RUNS_DIR = tmp_path / "runs"
        client.force_login(adam)
        return make_run(changed, adam, state="succeeded")

    @pytest.mark.parametrize("name", ["run", "chat"])
    def test_own_pages_are_marked(self, client, run, name):
        text = text_of(client.get(reverse(f"exports:{name}", args=[run.public_id])))
        assert f"Since release 1.0.0 was cut, {SINCE}." in text

    def test_are_marked_in_the_list(self, client, run):
        assert f"Since release 1.0.0 was cut, {SINCE}." in text_of(client.get(reverse("exports:runs")))

    def test_of_a_release_that_stands_are_not_marked(self, client, run, adam):
        other = make_run(make_release("1.1.0"), adam, state="succeeded")
        text = text_of(client.get(reverse("exports:run", args=[other.public_id])))
        assert "Release 1.1.0" in text
        assert "stand no longer" not in text

    def test_of_many_releases_cost_the_list_no_more_queries(
        self, client, run, adam, django_assert_max_num_queries, django_assert_num_queries
    ):
        address = reverse("exports:runs")
        with django_assert_max_num_queries(6) as one:
            client.get(address)
        for version in ("1.1.0", "1.2.0"):
            make_run(make_release(version), adam, state="succeeded")
        with django_assert_num_queries(len(one)):
            client.get(address)
