import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from exports.domain.signature import fingerprint
from exports.models import Signature
from exports.services import signing
from tests.support.factories import NOW
from tests.support.releases import make_release
from tests.support.signatures import Key

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(contributions):
    return make_release(published=True)


@pytest.fixture
def text(release):
    return Key().sign(signing.manifest_bytes(release))


@pytest.fixture
def signed(release, text):
    signing.attach(release, text, now=NOW)
    return release


def hand_in(client, text, **fields):
    fields["signature"] = SimpleUploadedFile("manifest.json.sig", text)
    return client.post(reverse("exports:release-sign", args=["1.0.0"]), fields, follow=True)


class TestHandingIn:
    def test_keeps_the_signature_and_shows_its_key(self, client, adam, release, text):
        client.force_login(adam)
        page = hand_in(client, text)
        assert (Signature.objects.get().content, Signature.objects.get().created_by) == (text, adam)
        assert f"Release 1.0.0 is signed by the key {fingerprint(Key().blob)}." in page.text

    @pytest.mark.parametrize("text", [b"signed, adam", Key().sign(b"another manifest"), b"x" * 10_000])
    def test_of_something_else_says_why_and_keeps_nothing(self, client, adam, release, text):
        client.force_login(adam)
        assert "This is no signature of release 1.0.0: " in hand_in(client, text).text
        assert not Signature.objects.exists()

    def test_of_another_key_is_refused_until_it_is_asked_to_replace(self, client, adam, signed):
        client.force_login(adam)
        text = Key(2).sign(signing.manifest_bytes(signed))
        assert f"the key {fingerprint(Key().blob)} has signed it already." in hand_in(client, text).text
        assert f"signed by the key {fingerprint(Key(2).blob)}." in hand_in(client, text, replace="on").text
        assert signing.current(signed).fingerprint == fingerprint(Key(2).blob)

    def test_without_a_file_asks_for_one(self, client, adam, release):
        client.force_login(adam)
        page = client.post(reverse("exports:release-sign", args=["1.0.0"]), follow=True)
        assert "Choose the file that ssh-keygen has written." in page.text

    def test_is_an_admins_alone(self, client, rita, release, text):
        client.force_login(rita)
        assert hand_in(client, text).status_code == 403
        assert not Signature.objects.exists()


class TestThePage:
    def test_of_an_unsigned_release_says_so(self, client, release):
        page = client.get(reverse("exports:release", args=["1.0.0"])).text
        assert "Unsigned: its hashes show that a copy is whole" in page
        assert "Sign this release" not in page

    def test_names_the_key(self, client, signed):
        assert fingerprint(Key().blob) in client.get(reverse("exports:release", args=["1.0.0"])).text

    def test_tells_an_admin_how(self, client, adam, release):
        client.force_login(adam)
        page = client.get(reverse("exports:release", args=["1.0.0"])).text
        assert "ssh-keygen -Y sign -n flock-release -f KEY manifest.json" in page


class TestDownloading:
    @pytest.mark.parametrize("name", ["exports:release-file", "api:release-file"])
    def test_gives_the_signature_as_a_file(self, client, signed, text, name):
        answer = client.get(reverse(name, args=["1.0.0", "manifest.json.sig"]))
        assert answer.getvalue() == text

    def test_of_an_unsigned_release_finds_none(self, client, release):
        assert client.get(reverse("api:release-file", args=["1.0.0", "manifest.json.sig"])).status_code == 404

    def test_puts_it_into_the_zip(self, client, signed, text):
        answer = client.get(reverse("exports:release-download", args=["1.0.0"]))
        with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
            assert archive.read("flock-1.0.0/manifest.json.sig") == text


class TestTheApi:
    def test_names_the_key_and_the_file(self, client, signed):
        told = client.get(reverse("api:release", args=["1.0.0"])).json()["signature"]
        assert told["fingerprint"] == fingerprint(Key().blob)
        assert told["url"].endswith("/api/v1/releases/1.0.0/files/manifest.json.sig")

    def test_says_that_there_is_none(self, client, release):
        assert client.get(reverse("api:release", args=["1.0.0"])).json()["signature"] is None
