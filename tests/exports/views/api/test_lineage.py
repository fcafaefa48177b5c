import uuid

import pytest

from exports.domain.pseudonym import pseudonym
from exports.services import lineage
from tests.support.api import client_of
from tests.support.factories import make_source, make_submission
from tests.support.releases import correct, make_approved, make_release, provenance, take_back
from tests.support.runs import make_run

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/lineage/"
AS_PROV = f"{ADDRESS}prov/"


@pytest.fixture
def release(contributions):
    return make_release(published=True)


@pytest.fixture
def run(release, adam):
    return make_run(release, adam, state="succeeded")


def ids(answer, name="records", key="id"):
    return [entry[key] for entry in answer.json()[name]]


class TestEveryEnd:
    """Any of the four finds the whole chain, for an admin."""

    def test_is_reached_from_a_record(self, adam, run, contributions):
        record = contributions[0]
        line = next(line for line in provenance() if line["id"] == str(record.public_id))
        answer = client_of(adam).get(ADDRESS, {"record": record.public_id})
        assert answer.json() == {
            "contributors": [{"pseudonym": line["author"], "release": "1.0.0"}],
            "records": [
                {
                    "id": line["id"],
                    "version": 1,
                    "sha256": line["sha256"],
                    "release": "1.0.0",
                    "line": provenance().index(line) + 1,
                    "contributor": line["author"],
                    "source": "contributed",
                    "became": None,
                }
            ],
            "releases": [
                {
                    "version": "1.0.0",
                    "parent": None,
                    "licence": "CC-BY-SA-4.0",
                    "created_at": "2026-03-04T12:00:00.000000Z",
                    "records": 3,
                }
            ],
            "runs": [
                {
                    "id": str(run.public_id),
                    "release": "1.0.0",
                    "recipe": "smoke",
                    "state": "succeeded",
                    "started_at": None,
                    "finished_at": "2026-03-04T12:00:00.000000Z",
                }
            ],
            "models": [{"run": str(run.public_id), "name": run.name}],
            "next_line": None,
        }

    def test_is_reached_from_each_of_the_others(self, adam, run, contributions):
        name = provenance()[0]["author"]
        for asked in ({"release": "1.0.0"}, {"run": run.public_id}, {"pseudonym": name}):
            answer = client_of(adam).get(ADDRESS, asked)
            assert ids(answer) == [line["id"] for line in provenance()]
            assert ids(answer, "models", "run") == [str(run.public_id)]
            assert answer.json()["contributors"] == [{"pseudonym": name, "release": "1.0.0"}]

    def test_tells_what_became_of_a_record(self, adam, release, contributions, rita):
        gone, changed, _stands = contributions
        take_back(gone)
        correct(changed, rita)
        became = {
            entry["id"]: entry["became"]
            for entry in client_of(adam).get(ADDRESS, {"release": "1.0.0"}).json()["records"]
        }
        assert became == {
            str(submission.public_id): word
            for submission, word in zip(contributions, ("withdrawn", "corrected", None), strict=True)
        }

    def test_of_a_record_has_every_release_that_holds_it(self, adam, release, contributions):
        make_release("1.1.0")
        answer = client_of(adam).get(ADDRESS, {"record": contributions[0].public_id})
        assert ids(answer, key="release") == ["1.0.0", "1.1.0"]
        assert ids(answer, "releases", "parent") == [None, "1.0.0"]

    def test_of_an_imported_record_names_its_dataset_and_nobody(self, adam):
        record = make_submission(source=make_source(), state="approved")
        make_release()
        answer = client_of(adam).get(ADDRESS, {"record": record.public_id}).json()
        assert (answer["contributors"], answer["records"][0]["source"]) == ([], "dolly")


class TestPages:
    def test_of_a_release_go_on_where_the_last_one_ended(self, monkeypatch, release):
        monkeypatch.setattr(lineage, "PAGE_SIZE", 2)
        first = client_of().get(ADDRESS, {"release": "1.0.0"})
        second = client_of().get(ADDRESS, {"release": "1.0.0", "from_line": first.json()["next_line"]})
        assert (first.json()["next_line"], second.json()["next_line"]) == (3, None)
        assert ids(first) + ids(second) == [line["id"] for line in provenance()]

    def test_cost_as_many_queries_for_many(
        self, alice, django_assert_max_num_queries, django_assert_num_queries, release, adam
    ):
        with django_assert_max_num_queries(6) as few:
            lineage.of_release("1.0.0", person=adam)
        for _ in range(3):
            make_approved(alice)
        make_run(make_release("1.1.0"), adam)
        with django_assert_num_queries(len(few)):
            lineage.of_release("1.1.0", person=adam)


class TestWhoMay:
    """A row is who asks; the answer's status for a record, its release, a run on it and its author's pseudonym."""

    CASES = ("nobody", "bob", "rita", "alice", "adam")

    def statuses(self, people, who, run, contributions):
        client = client_of(getattr(people, who, None))
        author = pseudonym(people.alice.pk, release="1.0.0", key=self.key)
        asked = (
            {"record": contributions[0].public_id},
            {"release": "1.0.0"},
            {"run": run.public_id},
            {"pseudonym": author},
        )
        return [client.get(ADDRESS, question).status_code for question in asked]

    @pytest.fixture(autouse=True)
    def _key(self, settings):
        self.key = settings.SECRET_KEY

    @pytest.mark.parametrize(
        ("who", "expected"),
        [
            ("nobody", [200, 200, 404, 200]),
            ("bob", [200, 200, 404, 200]),
            ("rita", [200, 200, 404, 200]),
            ("alice", [200, 200, 404, 200]),
            ("adam", [200, 200, 200, 200]),
        ],
    )
    def test_of_a_published_release(self, people, run, contributions, who, expected):
        assert self.statuses(people, who, run, contributions) == expected

    @pytest.mark.parametrize(
        ("who", "expected"),
        [
            ("nobody", [404, 404, 404, 404]),
            ("bob", [404, 404, 404, 404]),
            ("rita", [404, 404, 404, 404]),
            ("alice", [200, 404, 404, 200]),
            ("adam", [200, 200, 200, 200]),
        ],
    )
    def test_of_one_that_is_only_ready(self, people, contributions, who, expected):
        run = make_run(make_release(), people.adam, state="succeeded")
        assert self.statuses(people, who, run, contributions) == expected

    def test_models_are_told_to_admins_and_to_whom_they_learned_from(self, people, run, contributions):
        make_run(run.release, people.adam, state="failed")
        record = {"record": contributions[0].public_id}
        told = {
            who: [
                len(client_of(getattr(people, who, None)).get(ADDRESS, record).json()[name])
                for name in ("runs", "models")
            ]
            for who in self.CASES
        }
        assert told == {"nobody": [0, 0], "bob": [0, 0], "rita": [0, 0], "alice": [1, 1], "adam": [2, 1]}

    def test_an_own_record_in_no_release_is_there_and_nowhere(self, alice, adam):
        record = {"record": make_submission(alice).public_id}
        assert client_of(alice).get(ADDRESS, record).json()["releases"] == []
        assert client_of(adam).get(ADDRESS, record).status_code == 404

    def test_a_pseudonym_leads_to_no_other_release(self, adam, release):
        make_release("1.1.0", published=True)
        answer = client_of(adam).get(ADDRESS, {"pseudonym": provenance()[0]["author"]})
        assert ids(answer, "releases", "version") == ["1.0.0"]

    def test_nobody_is_named(self, adam, run):
        content = client_of(adam).get(ADDRESS, {"release": "1.0.0"}).content.decode()
        assert str(run.public_id) in content
        assert [name in content for name in ("alice", "rita", "adam", "flock.example")] == [False] * 4


class TestAsking:
    @pytest.mark.parametrize(
        "asked",
        [
            {},
            {"record": "1"},
            {"run": "x"},
            {"release": "1.0.0", "pseudonym": "a"},
            {"pseudonym": "a" * 25},
            {"release": "1.0.0", "from_line": "0"},
            {"release": "1.0.0\0"},
            {"person": "alice"},
        ],
    )
    @pytest.mark.parametrize("address", [ADDRESS, AS_PROV])
    def test_wrongly_is_refused(self, asked, address):
        answer = client_of().get(address, asked)
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")

    @pytest.mark.parametrize(
        "asked", [{"record": uuid.uuid4()}, {"run": uuid.uuid4()}, {"release": "9.9.9"}, {"pseudonym": "a"}]
    )
    def test_for_what_is_not_there_is_not_found(self, adam, asked):
        assert client_of(adam).get(ADDRESS, asked).status_code == 404
