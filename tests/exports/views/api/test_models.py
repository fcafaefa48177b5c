import json

import pytest

from exports.services import model_card
from exports.services.run_files import RunFolder
from tests.support.api import client_of
from tests.support.factories import NOW
from tests.support.judging import make_comparison, make_judgement, make_model, make_release
from tests.support.releases import take_back
from tests.support.runs import make_run

MODELS = "/api/v1/models/"


@pytest.fixture
def api(adam):
    return client_of(adam)


@pytest.fixture
def release(alice, folders):
    return make_release(alice, records=6)


@pytest.fixture
def tuned(release, adam):
    return make_model(release, adam, base="tiny@1", base_licence="MIT", finished_at=NOW)


class TestTheList:
    def test_holds_the_runs_that_left_a_model(self, api, tuned, release, adam):
        make_run(release, adam, state="failed")
        assert api.get(MODELS).json() == {
            "next": None,
            "previous": None,
            "results": [
                {
                    "id": str(tuned.public_id),
                    "name": tuned.name,
                    "release": "1.0.0",
                    "recipe": "smoke",
                    "base": "tiny@1",
                    "finished_at": "2026-03-04T12:00:00.000000Z",
                }
            ],
        }

    def test_comes_in_pages(self, api, release, adam):
        runs = {str(make_model(release, adam).public_id) for _ in range(3)}
        first = api.get(MODELS, {"page_size": 2}).json()
        second = api.get(first["next"]).json()
        assert {line["id"] for page in (first, second) for line in page["results"]} == runs

    @pytest.mark.parametrize("count", [1, 3])
    def test_takes_as_many_queries_for_many(self, api, release, adam, django_assert_num_queries, count):
        for _ in range(count):
            make_model(release, adam)
        with django_assert_num_queries(2):
            api.get(MODELS)

    def test_is_for_admins(self, tuned, rita):
        assert client_of().get(MODELS).status_code == 401
        assert client_of(rita).get(MODELS).status_code == 403


class TestAModel:
    def test_has_its_card_and_figures(self, api, tuned):
        evaluation = {"event": "evaluation", "records": 2, "loss": 2.5}
        (RunFolder(tuned).path / "metrics.jsonl").write_text(json.dumps(evaluation) + "\n")
        found = api.get(f"{MODELS}{tuned.public_id}/").json()
        assert {key: found[key] for key in ("id", "base_licence", "figures", "card", "release_since")} == {
            "id": str(tuned.public_id),
            "base_licence": "MIT",
            "figures": tuned.figures,
            "card": model_card.render(tuned),
            "release_since": {"withdrawn": 0, "corrected": 0},
        }
        assert found["evaluation"]["all"]["loss"] == 2.5

    def test_says_what_was_withdrawn_since(self, api, tuned, release):
        take_back(release.records.first().submission)
        found = api.get(f"{MODELS}{tuned.public_id}/").json()
        assert found["release_since"] == {"withdrawn": 1, "corrected": 0}

    def test_tells_what_people_found_only_once_it_is_over(self, api, tuned, adam, bob):
        comparison = make_comparison(tuned, adam)
        for pairing in comparison.pairings.all():
            make_judgement(pairing, bob, "win")
        shown = {"id": str(comparison.public_id), "state": "open", "against": "tiny@1", "outcome": None}
        assert api.get(f"{MODELS}{tuned.public_id}/").json()["comparisons"] == [shown]
        type(comparison).objects.update(state="closed", closed_at=NOW)
        (told,) = api.get(f"{MODELS}{tuned.public_id}/").json()["comparisons"]
        assert told["outcome"] == {
            "questions": {"wins": 6, "ties": 0, "losses": 0},
            "judgements": {"wins": 6, "ties": 0, "losses": 0},
            "win_rate": 1.0,
            "low": pytest.approx(0.5407, abs=1e-4),
            "high": 1.0,
            "is_significant": True,
        }

    def test_of_a_run_without_one_is_not_found(self, api, release, adam):
        run = make_run(release, adam, state="failed")
        assert api.get(f"{MODELS}{run.public_id}/").status_code == 404

    def test_is_for_admins(self, tuned, rita):
        assert client_of(rita).get(f"{MODELS}{tuned.public_id}/").status_code == 403
