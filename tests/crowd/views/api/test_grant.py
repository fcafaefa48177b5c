import pytest

from crowd.models import Event, Grant, GrantWording

URL = "/api/v1/grant/"


class TestTheGrant:
    def test_is_read_before_it_is_accepted(self, api, alice):
        wording = GrantWording.objects.current()
        assert api(alice).get(URL).json() == {"version": "1", "text": wording.text, "accepted": False}

    def test_is_accepted_once_and_kept(self, api, alice):
        first, again = (api(alice).post(URL, {"version": "1"}) for _ in range(2))
        assert (first.status_code, first.json()["accepted"]) == (200, True)
        assert again.json() == first.json() == api(alice).get(URL).json()
        assert (Grant.objects.get().person, Event.objects.get().action) == (alice, "grant")

    def test_of_another_version_is_stale(self, api, alice):
        assert (api(alice).post(URL, {"version": "2"}).status_code, Grant.objects.count()) == (409, 0)

    def test_is_asked_again_when_the_wording_changes(self, api, alice):
        api(alice).post(URL, {"version": "1"})
        GrantWording.objects.create(number=2, text="New.", licence="CC-BY-SA-4.0", sha256="0" * 64)
        assert api(alice).get(URL).json() == {"version": "2", "text": "New.", "accepted": False}

    @pytest.mark.parametrize(
        "body", [{}, {"version": 1}, {"version": None}, {"version": "1", "person": 7}, []]
    )
    def test_takes_nothing_but_a_version(self, api, alice, body):
        assert (api(alice).post(URL, body).status_code, Grant.objects.count()) == (400, 0)
