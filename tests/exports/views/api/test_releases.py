import pytest
from knox.models import AuthToken

from exports.domain.release import Choice
from exports.services import release as releases
from exports.services.release_folder import manifest_of, place
from tests.support.factories import NOW, make_source, make_submission
from tests.support.releases import make_release

pytestmark = pytest.mark.django_db

LIST = "/api/v1/releases/"
ONE = "/api/v1/releases/1.0.0/"
FILE = "/api/v1/releases/1.0.0/files/provenance.jsonl"


@pytest.fixture
def bearer(adam):
    _instance, token = AuthToken.objects.create(adam)
    return {"Authorization": f"Bearer {token}"}


def status_of(response):
    """Its status, once it is read: that closes the file of a stream."""
    if response.streaming:
        b"".join(response.streaming_content)
    return response.status_code


def versions(response):
    return [line["version"] for line in response.json()["results"]]


class TestTheList:
    def test_has_the_published_ones_for_everybody(self, client, contributions):
        make_release(published=True)
        make_release("1.1.0")
        response = client.get(LIST)
        assert response.json() == {
            "next": None,
            "previous": None,
            "results": [
                {
                    "version": "1.0.0",
                    "state": "ready",
                    "profile": "commercial",
                    "licence": "CC-BY-SA-4.0",
                    "records": 3,
                    "created_at": "2026-03-04T12:00:00.000000Z",
                    "published_at": "2026-03-04T12:00:00.000000Z",
                }
            ],
        }

    def test_has_all_for_an_admin(self, client, contributions, bearer):
        make_release()
        releases.cut("1.1.0", Choice(), now=NOW)
        assert versions(client.get(LIST, headers=bearer)) == ["1.1.0", "1.0.0"]

    def test_comes_in_pages(self, client, contributions):
        for version in ("1.0.0", "1.1.0", "1.2.0"):
            make_release(version, published=True)
        first = client.get(LIST, {"page_size": 2})
        second = client.get(first.json()["next"])
        assert versions(first) + versions(second) == ["1.2.0", "1.1.0", "1.0.0"]

    @pytest.mark.parametrize(
        "query", [{"cursor": "x"}, {"page_size": "0"}, {"page_size": "many"}, {"more": "1"}]
    )
    def test_refuses_what_it_does_not_understand(self, client, query):
        assert client.get(LIST, query).status_code == 400

    def test_refuses_bad_credentials(self, client):
        assert client.get(LIST, headers={"Authorization": "Bearer x"}).status_code == 401


class TestOne:
    def test_names_its_files(self, client, contributions):
        release = make_release(published=True)
        shown = client.get(ONE).json()
        assert shown["manifest_sha256"] == release.manifest_sha256
        assert shown["counts"]["records"] == 3
        assert shown["parent"] is None
        assert shown["problems"] == []
        by_path = {file["path"]: file for file in shown["files"]}
        assert status_of(client.get(by_path["provenance.jsonl"]["url"])) == 200
        assert list(by_path) == [file.path for file in manifest_of(release).files]

    def test_that_is_only_ready_is_nobodys_but_an_admins(self, client, contributions, bearer):
        make_release()
        assert [status_of(client.get(address)) for address in (ONE, FILE)] == [404, 404]
        assert [status_of(client.get(address, headers=bearer)) for address in (ONE, FILE)] == [200, 200]

    def test_that_was_refused_says_why(self, client, contributions, bearer):
        bad = make_submission(source=make_source("alpaca", licence="CC-BY-NC-4.0"), state="approved")
        make_release()
        shown = client.get(ONE, headers=bearer).json()
        assert shown["state"] == "failed"
        assert shown["files"] == []
        assert shown["problems"] == [
            {
                "id": str(bad.public_id),
                "rule": "licence",
                "reason": "a commercial release takes no text under CC-BY-NC-4.0",
                "source": "alpaca",
                "research": True,
            }
        ]


class TestFiles:
    def test_come_byte_for_byte(self, client, contributions):
        make_release(published=True)
        response = client.get(FILE)
        assert b"".join(response.streaming_content) == (place("1.0.0") / "provenance.jsonl").read_bytes()

    @pytest.mark.parametrize("path", ["../../secret_key", "data", "nothing.txt", "%2e%2e/%2e%2e/secret_key"])
    def test_outside_the_manifest_are_not_there(self, client, contributions, path):
        make_release(published=True)
        response = client.get(f"/api/v1/releases/1.0.0/files/{path}")
        assert response.status_code == 404
        assert response["Content-Type"] == "application/problem+json"
