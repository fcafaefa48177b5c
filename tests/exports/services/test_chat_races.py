"""The chat where a worker is lost amid an answer."""

from datetime import timedelta

import pytest

from crowd.models import Job
from crowd.services import jobs, sweeper
from exports.services import chat
from exports.services.run_files import RunFolder
from tests.support.factories import NOW
from tests.support.runs import claim, make_run


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
                sweeper.sweep(now=NOW + timedelta(minutes=1))
            renew(lease)

        monkeypatch.setattr(jobs.Lease, "renew", lost_after_two_words)
        assert not jobs.do(claim("answer", question.public_id))
        question.refresh_from_db()
        assert (question.state, question.answer.split()[1:]) == ("answering", ["Why?"])
        monkeypatch.setattr(jobs.Lease, "renew", renew)
        Job.objects.update(run_at=NOW)
        assert jobs.do(claim("answer", question.public_id))
        question.refresh_from_db()
        assert (question.state, question.answer.split()[1:]) == ("answered", ["Why?", "Because."])
