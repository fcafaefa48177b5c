import json

import pytest
from django.urls import reverse

from crowd.models import Job
from exports.services import model_card, samples
from exports.services.run_files import RunFolder
from tests.support.factories import NOW
from tests.support.judging import make_answer, make_comparison, make_model, make_release
from tests.support.pages import text_of
from tests.support.releases import take_back
from tests.support.runs import make_run


@pytest.fixture
def release(alice, folders):
    return make_release(alice, records=3)


@pytest.fixture
def tuned(release, adam):
    return make_model(release, adam, held_out=[1, 2], base="tiny@1", base_licence="MIT")


def url(run, name="model"):
    return reverse(f"exports:{name}", args=[run.public_id])


class TestTheModelsPage:
    def test_tells_its_figures(self, client, tuned, adam):
        evaluation = {"event": "evaluation", "records": 2, "loss": 2.5, "perplexity": 12.18249}
        evaluation["categories"] = {"open_qa": {"records": 2, "loss": 2.5, "bits_per_byte": 1.5}}
        (RunFolder(tuned).path / "metrics.jsonl").write_text(json.dumps(evaluation) + "\n")
        client.force_login(adam)
        page = text_of(client.get(url(tuned)))
        assert [
            part in page
            for part in ("2.500", "12.2", "Bits a byte", "open_qa", "records held out", "The model card")
        ] == [True] * 6

    def test_shows_the_card_and_lets_it_be_kept(self, client, tuned, adam):
        client.force_login(adam)
        assert client.get(url(tuned)).context["card"] == model_card.render(tuned)
        kept = client.get(url(tuned, "model-card"))
        assert kept.content.decode() == model_card.render(tuned)
        assert kept.headers["Content-Disposition"] == 'attachment; filename="README.md"'

    def test_warns_of_what_was_withdrawn(self, client, tuned, release, adam):
        client.force_login(adam)
        assert "records that stand no longer" not in text_of(client.get(url(tuned)))
        take_back(release.records.first().submission)
        assert "records that stand no longer" in text_of(client.get(url(tuned)))

    def test_is_the_runs_next_page(self, client, tuned, adam):
        client.force_login(adam)
        assert url(tuned) in client.get(url(tuned, "run")).content.decode()

    def test_lists_its_comparisons(self, client, tuned, release, adam):
        twin = make_model(release, adam)
        make_comparison(tuned, adam, against=twin)
        make_comparison(tuned, adam, state="closed", closed_at=NOW)
        client.force_login(adam)
        page = text_of(client.get(url(tuned)))
        assert [part in page for part in (f"against {twin.name}", "against its base, tiny@1")] == [True, True]

    def test_says_why_nothing_can_be_compared(self, client, release, adam):
        client.force_login(adam)
        assert "held no records out" in text_of(client.get(url(make_model(release, adam))))
        alone = make_model(release, adam, held_out=[1])
        assert "began from random weights" in text_of(client.get(url(alone)))

    def test_of_a_run_without_a_model_is_not_found(self, client, release, adam):
        client.force_login(adam)
        assert client.get(url(make_run(release, adam, state="failed"))).status_code == 404

    @pytest.mark.parametrize("name", ["model", "model-card"])
    def test_is_for_admins(self, client, tuned, rita, name):
        assert client.get(url(tuned, name)).url.startswith("/accounts/login/")
        client.force_login(rita)
        assert client.get(url(tuned, name)).status_code == 403


class TestSampleAnswers:
    def test_are_asked_for(self, client, tuned, adam):
        client.force_login(adam)
        assert "Take sample answers" in text_of(client.get(url(tuned)))
        assert client.post(url(tuned, "model-samples")).url == url(tuned)
        assert Job.objects.get(kind=samples.SAMPLES_JOB).key == str(tuned.public_id)
        page = client.get(url(tuned))
        assert ("Take sample answers" in text_of(page), 'hx-trigger="every 2s"' in page.content.decode()) == (
            False,
            True,
        )

    def test_can_be_asked_for_again_once_a_record_of_theirs_was_taken_back(
        self, client, tuned, release, adam
    ):
        make_answer(tuned, release.records.get(position=0), "By heart.")
        samples.ask(tuned, now=NOW)
        Job.objects.filter(kind=samples.SAMPLES_JOB).update(state="done")
        make_answer(tuned, release.records.get(position=1), "By heart, too.")
        client.force_login(adam)
        assert "Take sample answers" not in text_of(client.get(url(tuned)))
        (RunFolder(tuned).path / "run.json").write_text(json.dumps({"held_out": [1, 2, 3]}))
        take_back(release.records.get(position=0).submission)
        assert "Take sample answers" in text_of(client.get(url(tuned)))
        client.post(url(tuned, "model-samples"))
        assert samples.job_of(tuned).state == "waiting"

    def test_are_text_and_nothing_else(self, client, tuned, release, adam):
        make_answer(tuned, release.records.get(position=0), "<script>")
        make_answer(tuned, release.records.get(position=2), "By heart.")
        client.force_login(adam)
        response = client.get(url(tuned), headers={"HX-Request": "true"})
        page = response.content.decode()
        assert [part in page for part in ("&lt;script&gt;", "<script>")] == [True, False]
        assert [part in text_of(response) for part in ("never seen", "learned from")] == [True, True]

    def test_that_could_not_be_had_say_so(self, client, tuned, adam):
        samples.ask(tuned, now=NOW)
        Job.objects.filter(kind=samples.SAMPLES_JOB).update(state="quarantined")
        client.force_login(adam)
        assert "could not be asked" in text_of(client.get(url(tuned)))

    def test_are_for_admins_to_ask_for(self, client, tuned, rita):
        client.force_login(rita)
        assert client.post(url(tuned, "model-samples")).status_code == 403
        assert not Job.objects.filter(kind=samples.SAMPLES_JOB).exists()
