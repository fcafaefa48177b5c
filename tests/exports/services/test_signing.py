import re

import pytest

from crowd.models import Event
from exports.domain.release import Choice, IllegalMove
from exports.domain.signature import BadSignature, fingerprint
from exports.models import Signature
from exports.services import release as releases
from exports.services import signing
from exports.services.release_folder import place
from exports.services.verification import Verification
from tests.support.damage import folder_of
from tests.support.factories import NOW
from tests.support.releases import make_release
from tests.support.signatures import Key

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(contributions):
    return make_release()


def sign(release, key=None):
    return (key or Key()).sign(signing.manifest_bytes(release))


class TestKeepingASignature:
    def test_stores_it_with_its_event(self, release, adam):
        row = signing.attach(release, sign(release), person=adam, now=NOW)
        assert (row.fingerprint, row.content, row.created_by) == (
            fingerprint(Key().blob),
            sign(release),
            adam,
        )
        event = Event.objects.about("release", "1.0.0").last()
        assert (event.action, event.actor) == ("sign", adam)
        assert row.fingerprint in event.data

    def test_leaves_the_release_as_it_was(self, release):
        before = folder_of(place("1.0.0"))
        signing.attach(release, sign(release), now=NOW)
        assert folder_of(place("1.0.0")) == before

    def test_twice_is_once(self, release):
        assert signing.attach(release, sign(release), now=NOW) == signing.attach(
            release, sign(release), now=NOW
        )
        assert Event.objects.about("release", "1.0.0").filter(action="sign").count() == 1

    def test_by_another_key_is_refused_and_names_the_first(self, release):
        first = signing.attach(release, sign(release), now=NOW)
        with pytest.raises(signing.SignedByAnother, match=re.escape(fingerprint(Key().blob))):
            signing.attach(release, sign(release, Key(2)), now=NOW)
        assert signing.current(release) == first

    def test_by_another_key_takes_its_place_where_that_is_asked_for(self, release):
        for key in (Key(), Key(2), Key()):
            signing.attach(release, sign(release, key), replace=True, now=NOW)
            assert signing.current(release).fingerprint == fingerprint(key.blob)
        assert Event.objects.about("release", "1.0.0").filter(action="sign").count() == 3

    @pytest.mark.parametrize("text", [b"", b"signed, adam", Key().sign(b"another manifest")])
    def test_that_is_none_is_refused(self, release, text):
        with pytest.raises(BadSignature):
            signing.attach(release, text, now=NOW)
        assert not Signature.objects.exists()

    def test_needs_a_ready_release(self, release):
        with pytest.raises(IllegalMove):
            signing.attach(releases.cut("2.0.0", Choice(), now=NOW), sign(release), now=NOW)


class TestExporting:
    def test_puts_the_signature_beside_the_manifest(self, release, tmp_path):
        signing.attach(release, sign(release), now=NOW)
        signing.export(release, tmp_path / "out")
        found = Verification(tmp_path / "out", keys=frozenset({Key().blob}))
        assert list(found.problems()) == []
        assert folder_of(tmp_path / "out") == {
            **folder_of(place("1.0.0")),
            "manifest.json.sig": sign(release),
        }

    def test_of_an_unsigned_release_adds_nothing(self, release, tmp_path):
        signing.export(release, tmp_path / "out")
        assert folder_of(tmp_path / "out") == folder_of(place("1.0.0"))
