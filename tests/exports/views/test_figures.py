"""The pictures of a release, and its page's section on quality."""

import hashlib
import json

import pytest
from django.urls import reverse

from exports.services.release_folder import place
from tests.support.releases import make_contributions, make_release, provenance

pytestmark = pytest.mark.django_db

PICTURE = "/releases/1.0.0/pictures/lengths.svg"


@pytest.fixture
def release(contributions):
    return make_release()


@pytest.fixture
def published(alice, rita):
    make_contributions(alice, rita)
    return make_release(published=True)


def get(client, path):
    """The answer, read to its end: that closes the file."""
    response = client.get(path)
    response.read = response.getvalue()
    return response


class TestPictures:
    def test_are_shown_as_they_were_cut(self, client, published):
        response = get(client, PICTURE)
        assert response.read == (place("1.0.0") / "figures/lengths.svg").read_bytes()
        assert (response["Content-Type"], response["Content-Disposition"]) == ("image/svg+xml", "inline")

    def test_may_load_and_run_nothing(self, client, published):
        policy = get(client, PICTURE)["Content-Security-Policy"]
        assert sorted(policy.split("; ")) == ["default-src 'none'", "sandbox", "style-src 'unsafe-inline'"]

    @pytest.mark.parametrize("name", ["nothing", "..", "quality.json", "lengths.svg/../../README.md"])
    def test_that_are_not_there_are_not_found(self, client, published, name):
        assert client.get(f"/releases/1.0.0/pictures/{name}.svg").status_code == 404

    def test_of_an_unpublished_release_are_the_admins(self, client, release, bob, adam):
        statuses = [get(client, PICTURE).status_code]
        for person in (bob, adam):
            client.force_login(person)
            statuses.append(get(client, PICTURE).status_code)
        assert statuses == [404, 404, 200]


class TestTheReleasesPage:
    def test_shows_every_picture_with_its_words(self, client, published):
        page = client.get("/releases/1.0.0/").content.decode()
        for name in ("categories", "decisions", "languages", "lengths", "passages"):
            assert reverse("exports:release-picture", args=["1.0.0", name]) in page
        assert "Records by language. en: 3 (100.0 %)." in page

    def test_says_what_each_figure_counts(self, client, published):
        page = client.get("/releases/1.0.0/").content.decode()
        assert "100.0 % (3 of 3 decisions)" in page
        assert "not measurable: no text was decided twice" in page

    def test_counts_few_people_as_the_provenance_does(self, client, published):
        page = client.get("/releases/1.0.0/").content.decode()
        people = {"authors": {line["author"] for line in provenance()}}
        people["reviewers"] = {review["reviewer"] for line in provenance() for review in line["reviews"]}
        assert {name: len(people[name]) for name in people} == {
            name: published.counts[name] for name in ("authors", "reviewers")
        }
        assert (
            "what people wrote for this dataset: 1 of them. Reviewers here, 1 in all, decided on 3 records."
            in page
        )
        assert (
            page.count("1; the most active wrote 100.0 %") == 2
        )  # in the page's own table and in the card's

    def test_of_a_release_that_was_cut_before_there_were_figures_has_none(self, client, published):
        _as_cut_without_figures(published)
        page = client.get("/releases/1.0.0/").content.decode()
        assert "Quality in numbers" not in page
        assert "SHA-256 of its manifest" in page

    def test_of_a_release_that_was_cut_before_few_people_were_counted_tells_what_it_told(
        self, client, published
    ):
        path = place("1.0.0") / "figures/quality.json"
        told = json.loads(path.read_bytes())
        told["counted"]["contributors"] = {"people": "fewer than 5"}
        path.write_text(json.dumps(told))
        page = client.get("/releases/1.0.0/").content.decode()
        assert "Quality in numbers" in page
        assert "fewer than 5" in page


def _as_cut_without_figures(release):
    path = place(release.version) / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["files"] = [file for file in manifest["files"] if not file["path"].startswith("figures/")]
    path.write_bytes(json.dumps(manifest, ensure_ascii=False, indent=2).encode() + b"\n")
    release.manifest_sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    release.save()
