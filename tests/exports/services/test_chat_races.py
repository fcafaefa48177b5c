"""The chat where a worker is lost amid an answer, and where one person asks many questions in the same instant."""

import pytest
from django.db.models import F

from crowd.models import Job
from crowd.services import jobs
from crowd.services.errors import Conflict
from exports.models import Question
from exports.services import chat
from exports.services.run_files import RunFolder
from tests.support.factories import NOW
from tests.support.runs import claim, make_run
from tests.support.threads import at_once

ROUNDS = 5


@pytest.fixture
def tuned(release, adam, trainer):
    """A run that is finished, with a folder."""
    run = make_run(release, adam, state="succeeded")
    RunFolder(run).path.mkdir(parents=True)
    return run


@pytest.mark.usefixtures("kept")
class TestAWorkerThatIsLost:
    def test_amid_an_answer_leaves_the_next_one_to_answer_from_the_start(self, tuned, adam, monkeypatch):
        monkeypatch.setattr(chat, "WRITE_EVERY_SECONDS", 0.0)
        question = chat.ask(tuned, person=adam, instruction="Why?", context=" Because.", now=NOW)
        renew = jobs.Lease.renew

        def lost_after_two_words(lease):
            question.refresh_from_db()
            if question.answer.endswith("Why?"):
                Job.objects.update(state="waiting", fence=F("fence") + 1, run_at=NOW)
            renew(lease)

        monkeypatch.setattr(jobs.Lease, "renew", lost_after_two_words)
        assert not jobs.do(claim("answer", question.public_id))
        question.refresh_from_db()
        assert (question.state, question.answer.split()[1:]) == ("answering", ["Why?"])
        monkeypatch.setattr(jobs.Lease, "renew", renew)
        assert jobs.do(claim("answer", question.public_id))
        question.refresh_from_db()
        assert (question.state, question.answer.split()[1:]) == ("answered", ["Why?", "Because."])


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestOnePersonsQuestions:
    @pytest.mark.parametrize("number", range(ROUNDS))
    def test_of_one_instant_are_no_more_than_may_wait(self, tuned, adam, number):
        asked = at_once(
            [
                lambda text=text: chat.ask(tuned, person=adam, instruction=text, context="", now=NOW)
                for text in "abcdefgh"
            ]
        )
        assert Question.objects.by(adam).open().count() == chat.MAX_OPEN_QUESTIONS
        refused = [type(result) for result in asked if not isinstance(result, Question)]
        assert refused == [Conflict] * (len(asked) - chat.MAX_OPEN_QUESTIONS)
