import pytest

from crowd.models import Event, Grant, GrantWording
from crowd.services import grants
from crowd.services.errors import Conflict
from tests.support.factories import NOW


@pytest.mark.django_db
class TestAccept:
    def test_is_kept_with_the_wording_that_was_seen(self, alice):
        grants.accept(alice, version="1", now=NOW)
        grant = Grant.objects.get()
        assert (grant.person, grant.wording.number, grant.accepted_at) == (alice, 1, NOW)
        assert grant.wording.sha256 in Event.objects.get().data

    def test_twice_is_once(self, alice):
        assert grants.accept(alice, version="1", now=NOW) == grants.accept(alice, version="1", now=NOW)
        assert Event.objects.count() == 1

    def test_an_older_wording_cannot_be_accepted(self, alice):
        GrantWording.objects.create(number=2, text="New.", licence="CC-BY-SA-4.0", sha256="0" * 64)
        with pytest.raises(Conflict, match="version 2"):
            grants.accept(alice, version="1", now=NOW)

    def test_a_new_wording_is_asked_again(self, alice):
        grants.accept(alice, version="1", now=NOW)
        assert grants.accepted(alice).wording.number == 1
        GrantWording.objects.create(number=2, text="New.", licence="CC-BY-SA-4.0", sha256="0" * 64)
        assert grants.accepted(alice) is None
