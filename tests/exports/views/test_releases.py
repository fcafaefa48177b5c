import hashlib
import io
import json
import re
import zipfile
from html import unescape

import pytest
from django.urls import reverse

from crowd.domain.records import parse_record
from crowd.models import Job
from exports.domain.formats import FORMATS
from exports.domain.release import Choice
from exports.models import Release
from exports.services import release as releases
from exports.services.release_folder import place
from tests.support.factories import NOW, make_source, make_submission
from tests.support.releases import make_approved, make_release

pytestmark = pytest.mark.django_db

LIST = "/releases/"
PAGE = "/releases/1.0.0/"
FILE = "/releases/1.0.0/files/data/train.jsonl"
ZIP = "/releases/1.0.0/download/"


@pytest.fixture
def ready(contributions):
    return make_release()


@pytest.fixture
def published(contributions):
    return make_release(published=True)


@pytest.fixture
def as_admin(client, adam):
    client.force_login(adam)
    return client


def body(response):
    """All of it: reading a stream to its end closes the file."""
    return b"".join(response.streaming_content) if response.streaming else response.content


class TestAnybody:
    @pytest.mark.parametrize("address", [LIST, PAGE, FILE, ZIP])
    def test_reads_a_published_release_without_sign_in(self, client, published, address):
        response = client.get(address)
        assert response.status_code == 200
        assert body(response)

    def test_sees_it_in_the_list_without_the_form(self, client, published):
        page = client.get(LIST).content.decode()
        assert "1.0.0" in page
        assert "Cut a release" not in page

    @pytest.mark.parametrize("address", [PAGE, FILE, ZIP])
    @pytest.mark.parametrize("who", ["nobody", "alice", "rita"])
    def test_sees_nothing_of_a_release_that_is_only_ready(self, client, ready, people, who, address):
        if who != "nobody":
            client.force_login(getattr(people, who))
        assert client.get(address).status_code == 404
        assert b"1.0.0" not in client.get(LIST).content

    @pytest.mark.parametrize("version", ["9.9.9", "newest", "%00", "1.0.0%00"])
    @pytest.mark.parametrize("root", [LIST, "/api/v1/releases/"])
    def test_finds_nothing_where_there_is_no_release(self, client, published, root, version):
        assert client.get(f"{root}{version}/").status_code == 404

    @pytest.mark.parametrize("who", ["alice", "rita"])
    @pytest.mark.parametrize("address", [LIST, "/releases/1.0.0/publish/"])
    def test_without_the_role_may_not_cut_or_publish(self, client, ready, people, who, address):
        client.force_login(getattr(people, who))
        assert client.post(address, {"version": "2.0.0", "profile": "commercial"}).status_code == 403
        assert list(Release.objects.values_list("version", "published_at")) == [("1.0.0", None)]

    def test_must_sign_in_to_cut(self, client, contributions):
        assert client.post(LIST, {"version": "1.0.0"}).status_code == 302
        assert not Release.objects.exists()


class TestAFormat:
    @pytest.mark.parametrize("name", ["messages", "prompt-completion", "alpaca"])
    def test_has_every_record_in_the_releases_order(self, client, published, name):
        response = client.get(f"/releases/1.0.0/shapes/{name}.jsonl")
        lines = (place("1.0.0") / "data/train.jsonl").read_bytes().splitlines()
        rows = [json.loads(line) for line in body(response).splitlines()]
        assert rows == [FORMATS[name].row(parse_record(line)) for line in lines]
        assert response["Content-Disposition"] == f'attachment; filename="flock-1.0.0-{name}.jsonl"'
        assert f"/releases/1.0.0/shapes/{name}.jsonl" in client.get(PAGE).text

    @pytest.mark.parametrize("name", ["parquet", "train", "../data/train"])
    def test_that_there_is_not_is_not_found(self, client, published, name):
        assert client.get(f"/releases/1.0.0/shapes/{name}.jsonl").status_code == 404

    def test_of_a_release_that_is_only_ready_is_the_admins(self, client, ready, adam):
        address = "/releases/1.0.0/shapes/messages.jsonl"
        assert client.get(address).status_code == 404
        client.force_login(adam)
        assert body(client.get(address)).count(b"\n") == 3


class TestAnAdmin:
    def test_is_offered_the_next_version(self, as_admin, ready):
        assert 'value="1.1.0"' in as_admin.get(LIST).content.decode()

    def test_cuts(self, as_admin, adam, contributions):
        response = as_admin.post(
            LIST, {"version": "1.0.0", "profile": "commercial", "categories": ["open_qa"]}
        )
        assert response["Location"] == PAGE
        release = Release.objects.get()
        assert (release.state, release.created_by, release.options["categories"]) == (
            "cutting",
            adam,
            ["open_qa"],
        )
        assert Job.objects.get().payload == {"release": release.pk, "cut_number": 1}

    @pytest.mark.parametrize(
        ("version", "words"),
        [("v1", "not a semantic version"), ("1.0.0", "a release never changes"), ("", "required")],
    )
    def test_is_told_beside_the_field_what_is_wrong(self, as_admin, ready, version, words):
        response = as_admin.post(LIST, {"version": version, "profile": "commercial"})
        assert response.status_code == 400
        assert words in response.content.decode()
        assert Release.objects.count() == 1

    def test_is_told_that_there_is_nothing_to_release(self, as_admin):
        response = as_admin.post(LIST, {"version": "1.0.0", "profile": "commercial"})
        assert "There is nothing to release" in response.content.decode()

    def test_watches_a_cut(self, as_admin, contributions):
        releases.cut("1.0.0", Choice(), now=NOW)
        page = as_admin.get(PAGE).content.decode()
        assert f'hx-get="{PAGE}"' in page
        assert "No worker is connected" in page

    def test_cancels_a_cut(self, as_admin, adam, contributions):
        releases.cut("1.0.0", Choice(), person=adam, now=NOW)
        page = as_admin.post("/releases/1.0.0/cancel/", follow=True)
        assert b"it was cancelled" in page.content
        assert b"the version is free" in page.content

    def test_cancels_too_late(self, as_admin, ready):
        as_admin.post("/releases/1.0.0/cancel/")
        ready.refresh_from_db()
        assert ready.state == "ready"

    def test_gets_the_whole_page_when_the_cut_is_over(self, as_admin, ready):
        assert as_admin.get(PAGE, headers={"HX-Request": "true"})["HX-Refresh"] == "true"

    def test_sees_figures_files_and_card(self, as_admin, ready):
        page = as_admin.get(PAGE).content.decode()
        for file in ("data/train.jsonl", "provenance.jsonl", "manifest.json"):
            assert reverse("exports:release-file", args=["1.0.0", file]) in page
        assert ready.manifest_sha256 in page
        assert "pretty_name: Flock 1.0.0" in page
        assert f"{reverse('exports:run-new')}?release=1.0.0" in page

    def test_sees_why_a_cut_was_refused(self, as_admin, contributions):
        bad = make_submission(
            source=make_source("alpaca", licence="CC-BY-NC-4.0", origin="model"), state="approved"
        )
        make_release()
        page = as_admin.get(PAGE).content.decode()
        assert "1 record does not fit the profile commercial" in page
        assert "Without these sources it would pass: alpaca." in page
        assert "The profile research would take every record." in page
        assert page.count(str(bad.public_id)) == 2  # once with its link, whatever the number of reasons
        assert as_admin.get(FILE).status_code == 404

    @pytest.mark.parametrize(
        ("link", "chosen"),
        [
            ("Cut again", {"profile": "commercial", "without_sources": []}),
            ("Cut again without them", {"profile": "commercial", "without_sources": ["alpaca"]}),
            ("Cut again with it", {"profile": "research", "without_sources": []}),
        ],
    )
    def test_finds_the_form_filled_in_for_another_try(self, as_admin, contributions, link, chosen):
        make_submission(
            source=make_source("alpaca", licence="CC-BY-NC-4.0", origin="model"), state="approved"
        )
        make_release()
        page = as_admin.get(PAGE).text
        form = as_admin.get(unescape(re.search(f'href="([^"]+)">{link}</a>', page)[1])).context["form"]
        assert {name: form[name].value() for name in chosen} == chosen
        assert form["version"].value() == "1.0.0"

    @pytest.mark.parametrize("like", ["1.0.0", "0.9.0", "\x00"])
    def test_finds_the_next_version_where_no_such_cut_was_refused(self, as_admin, ready, like):
        form = as_admin.get(LIST, {"like": like, "profile": "research"}).context["form"]
        assert (form["version"].value(), form["profile"].value()) == ("1.1.0", "commercial")

    def test_is_told_of_damage(self, as_admin, ready):
        (place("1.0.0") / "manifest.json").unlink()
        assert "The files of this release are damaged" in as_admin.get(PAGE).content.decode()
        assert as_admin.get(FILE).status_code == 404

    def test_publishes(self, as_admin, adam, ready):
        as_admin.post("/releases/1.0.0/publish/")
        assert Release.objects.published().get().published_by == adam

    def test_is_told_where_it_is_published_already(self, as_admin, published):
        page = as_admin.post("/releases/1.0.0/publish/", follow=True).content.decode()
        assert "is already published" in page


class TestFiles:
    def test_come_byte_for_byte_and_never_as_a_page(self, client, published):
        response = client.get(FILE)
        assert body(response) == (place("1.0.0") / "data/train.jsonl").read_bytes()
        assert response["Content-Disposition"] == 'attachment; filename="train.jsonl"'
        assert response["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize(
        "path",
        [
            "../../secret_key",
            "..%2f..%2fsecret_key",
            "data/../../x",
            "data",
            "",
            "/etc/passwd",
            "data//train.jsonl",
            "README.md%00",
            "nothing.txt",
        ],
    )
    def test_outside_the_manifest_are_not_there(self, client, published, path):
        (place("1.0.0") / "nothing.txt").touch()
        assert client.get(f"/releases/1.0.0/files/{path}").status_code == 404

    def test_come_together_as_one_zip(self, client, published):
        content = body(client.get(ZIP))
        archive = zipfile.ZipFile(io.BytesIO(content))
        assert archive.testzip() is None
        assert archive.read("flock-1.0.0/README.md") == (place("1.0.0") / "README.md").read_bytes()
        manifest = json.loads(archive.read("flock-1.0.0/manifest.json"))
        listed = [file["path"] for file in manifest["files"]]
        assert archive.namelist() == [f"flock-1.0.0/{path}" for path in [*listed, "manifest.json"]]
        assert hashlib.sha256(body(client.get(ZIP))).digest() == hashlib.sha256(content).digest()


class TestQueries:
    def test_of_the_list_do_not_grow(
        self, as_admin, alice, django_assert_num_queries, django_assert_max_num_queries
    ):
        make_approved(alice)
        make_release()
        with django_assert_max_num_queries(8) as one:
            as_admin.get(LIST)
        make_release("1.1.0")
        make_release("1.2.0")
        with django_assert_num_queries(len(one)):
            as_admin.get(LIST)
