"""Both models of a comparison answer its questions, on a worker that the chat shares."""

import pytest

from crowd.models import Job
from crowd.services import jobs, workers
from exports.models import Answer, Comparison, Question
from exports.services import judging, model_process
from exports.services.model_process import ModelLost
from tests.support.factories import NOW
from tests.support.judging import make_model, make_release, start
from tests.support.runs import claim

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept")]


@pytest.fixture
def tuned(alice, adam, folders):
    """A model with a base that is on this site; it held out six of its eight records."""
    (folders / "bases/tiny@1").mkdir(parents=True)
    return make_model(make_release(alice), adam, held_out=range(1, 7), base="tiny@1")


def answer(comparison):
    """Do the comparison's job as a worker does; the comparison as it then is."""
    jobs.do(claim(judging.COMPARISON_JOB, comparison.public_id))
    return Comparison.objects.get(pk=comparison.pk)


class TestAnswering:
    def test_lets_both_models_answer_and_opens(self, tuned, adam, trainer):
        comparison = answer(start(tuned, adam, count=2))
        assert (comparison.state, comparison.opened_at) == ("open", NOW)
        found = Answer.objects.order_by("record__position", "speaker")
        assert [(a.speaker, a.record.position) for a in found] == [
            ("base", 0),
            ("tuned", 0),
            ("base", 1),
            ("tuned", 1),
        ]
        assert {a.text.split(maxsplit=1)[1] == a.record.version.instruction for a in found} == {True}
        pids = {a.speaker: a.text.split()[0] for a in found}
        assert len(set(pids.values())) == 2  # a process for each model

    def test_asks_nothing_twice(self, tuned, adam, trainer):
        answer(start(tuned, adam, count=6))
        before = list(Answer.objects.order_by("pk").values_list("pk", "text"))
        assert answer(start(tuned, adam, count=6)).state == "open"
        assert list(Answer.objects.order_by("pk").values_list("pk", "text")) == before

    def test_lets_the_chat_have_its_turn(self, tuned, adam, trainer):
        comparison = start(tuned, adam, count=2)
        Question.objects.create(run=tuned, person=adam, instruction="?", state="waiting", created_at=NOW)
        # The last answer of each model is followed by no pause: there is nothing left to wait for.
        assert [answer(comparison).state for _ in range(3)] == ["answering", "answering", "open"]
        assert Answer.objects.count() == 4

    def test_goes_on_where_a_leaving_worker_stopped(self, tuned, adam, trainer, monkeypatch):
        comparison = start(tuned, adam, count=2)
        with monkeypatch.context() as leaving:
            leaving.setattr(workers, "is_leaving", lambda: True)
            assert answer(comparison).state == "answering"
        Job.objects.filter(kind=judging.COMPARISON_JOB).update(run_at=NOW)
        assert answer(comparison).state == "open"

    def test_a_question_that_is_too_long_has_no_answer(self, tuned, adam, trainer):
        tuned.release.records.get(position=0).version.submission.versions.update(instruction="refuse")
        answer(start(tuned, adam, count=1))
        assert list(Answer.objects.values_list("text", "stopped")) == [("", "refused")] * 2

    def test_a_model_that_dies_is_tried_again_and_then_given_up(self, tuned, adam, trainer):
        tuned.release.records.get(position=0).version.submission.versions.update(instruction="die")
        comparison = start(tuned, adam, count=1)
        for state in ("answering", "answering", "failed"):
            Job.objects.filter(kind=judging.COMPARISON_JOB).update(run_at=NOW)
            with pytest.raises(ModelLost):
                answer(comparison)
            assert Comparison.objects.get().state == state
        assert Comparison.objects.get().message.startswith("A model, or the worker that asked it, was lost")

    def test_a_slow_model_is_waited_for(self, tuned, adam, trainer, monkeypatch):
        monkeypatch.setattr(model_process, "SILENCE_SECONDS", 0.5)
        tuned.release.records.get(position=0).version.submission.versions.update(instruction="slow")
        assert answer(start(tuned, adam, count=1)).state == "open"

    def test_a_base_that_is_gone_ends_it_with_a_reason(self, tuned, adam, trainer, settings):
        settings.BASES_DIR /= "elsewhere"
        comparison = answer(start(tuned, adam, count=1))
        assert (comparison.state, comparison.message) == (
            "failed",
            "The folder of tiny@1 is not in the data folder.",
        )

    def test_of_a_comparison_that_was_closed_asks_nothing(self, tuned, adam, trainer):
        comparison = start(tuned, adam)
        judging.close(comparison, person=adam, now=NOW)
        assert (answer(comparison).state, Answer.objects.count()) == ("closed", 0)
