import uuid

import pytest

from exports.services import lineage
from tests.support.pages import text_of
from tests.support.releases import make_release, take_back
from tests.support.runs import make_run

pytestmark = pytest.mark.django_db

PAGE = "/lineage/"


@pytest.fixture
def release(contributions):
    return make_release(published=True)


class TestThePage:
    def test_leads_everybody_from_a_record_to_its_release(self, client, release, contributions):
        record = contributions[0]
        take_back(record)
        page = client.get(PAGE, {"record": record.public_id})
        assert str(record.public_id) in text_of(page)
        assert "withdrawn" in text_of(page)
        assert 'href="/releases/1.0.0/"' in page.content.decode()
        assert "What learned from it" not in text_of(page)

    def test_leads_an_admin_on_to_the_model(self, client, adam, release):
        run = make_run(release, adam, state="succeeded")
        client.force_login(adam)
        page = client.get(PAGE, {"release": "1.0.0"}).content.decode()
        assert f'href="/runs/{run.public_id}/"' in page

    def test_tells_a_person_what_learned_from_their_record(self, client, alice, adam, release, contributions):
        run = make_run(release, adam, state="succeeded")
        client.force_login(alice)
        page = client.get(PAGE, {"record": contributions[0].public_id})
        assert "1.0.0 · smoke" in text_of(page)
        assert f"/runs/{run.public_id}/" not in page.content.decode()

    def test_goes_on_where_the_records_do(self, client, monkeypatch, release):
        monkeypatch.setattr(lineage, "PAGE_SIZE", 2)
        page = client.get(PAGE, {"release": "1.0.0"}).content.decode()
        assert 'href="/lineage/?release=1.0.0&amp;from_line=3"' in page
        assert "Next records" not in text_of(client.get(PAGE, {"release": "1.0.0", "from_line": 3}))

    def test_is_linked_from_the_release(self, client, release):
        assert 'href="/lineage/?release=1.0.0"' in client.get("/releases/1.0.0/").content.decode()

    @pytest.mark.parametrize(
        "asked", [{}, {"record": "x"}, {"record": uuid.uuid4()}, {"release": "9.9.9"}, {"run": uuid.uuid4()}]
    )
    def test_of_nothing_is_not_found(self, client, asked):
        assert client.get(PAGE, asked).status_code == 404
