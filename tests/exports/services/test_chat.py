from datetime import timedelta

import pytest

from crowd.models import Job
from crowd.services import jobs, sweeper, workers
from crowd.services.errors import Conflict
from exports.models import Question
from exports.services import chat, model_process
from exports.services.run_files import RunFolder
from tests.support.factories import NOW
from tests.support.runs import claim, make_run

pytestmark = pytest.mark.usefixtures("kept")


@pytest.fixture
def tuned(release, adam, trainer):
    """A run that is finished, with a folder."""
    run = make_run(release, adam, state="succeeded")
    RunFolder(run).path.mkdir(parents=True)
    return run


def ask(run, person, instruction="Hello?", context=""):
    return chat.ask(run, person=person, instruction=instruction, context=context, now=NOW)


def answer(question):
    """Do the question's job as a worker does; the question as it then is."""
    jobs.do(claim("answer", question.public_id))
    return Question.objects.get(pk=question.pk)


def pid(question):
    return question.answer.split()[0]


class TestAsk:
    def test_keeps_the_question_with_its_job(self, tuned, adam):
        question = ask(tuned, adam, "One\r\ntwo?", "A\rpassage.")
        stored = Question.objects.get()
        assert (stored.instruction, stored.context, stored.state) == ("One\ntwo?", "A\npassage.", "waiting")
        assert Job.objects.values_list("kind", "queue", "key").get() == (
            "answer",
            "chat",
            str(question.public_id),
        )

    def test_a_run_without_a_model_cannot_be_asked(self, release, adam):
        with pytest.raises(Conflict, match="no model to ask"):
            ask(make_run(release, adam, state="failed"), adam)

    def test_too_many_at_once_are_refused(self, tuned, adam, ada):
        for _ in range(chat.MAX_OPEN_QUESTIONS):
            ask(tuned, adam)
        with pytest.raises(Conflict, match="wait for the answers"):
            ask(tuned, adam)
        assert ask(tuned, ada).state == "waiting"


class TestConversation:
    def test_is_a_persons_own_with_this_model(self, tuned, release, adam, ada):
        mine = ask(tuned, adam)
        ask(tuned, ada)
        ask(make_run(release, adam, state="succeeded"), adam)
        assert chat.conversation(tuned, person=adam) == [mine]


class TestAnAnswer:
    def test_is_the_models_with_the_passage_in_mind(self, tuned, adam):
        question = answer(ask(tuned, adam, "Why?", " Because."))
        assert question.answer.split(maxsplit=1)[1] == "Why? Because."
        assert (question.state, question.stopped, question.finished_at) == ("answered", "end", NOW)
        assert Job.objects.get().state == "done"

    def test_comes_from_a_model_that_stays_loaded(self, tuned, adam):
        first, second = (answer(ask(tuned, adam)) for _ in range(2))
        assert pid(first) == pid(second)

    def test_of_another_run_comes_from_another_model(self, tuned, release, adam):
        other = make_run(release, adam, state="succeeded")
        RunFolder(other).path.mkdir(parents=True)
        assert pid(answer(ask(tuned, adam))) != pid(answer(ask(other, adam)))

    def test_grows_in_the_row(self, tuned, adam, monkeypatch):
        monkeypatch.setattr(chat, "WRITE_EVERY_SECONDS", 0.0)
        seen = []
        renew = jobs.Lease.renew
        monkeypatch.setattr(
            jobs.Lease, "renew", lambda lease: (renew(lease), seen.append(Question.objects.get().answer))
        )
        question = answer(ask(tuned, adam, "Why?"))
        assert sorted(set(seen), key=len)[:3] == ["", pid(question), f"{pid(question)} "]

    def test_is_done_once(self, tuned, adam):
        question = answer(ask(tuned, adam))
        Job.objects.update(state="waiting", run_at=NOW)
        assert answer(question).answer == question.answer


class TestAModelThatWillNotAnswer:
    def test_says_why_and_stays(self, tuned, adam):
        before = pid(answer(ask(tuned, adam)))
        refused = answer(ask(tuned, adam, "refuse"))
        assert (refused.state, refused.message) == ("failed", "The question is too long.")
        assert pid(answer(ask(tuned, adam))) == before


class TestAModelThatIsLost:
    def test_says_so_and_the_next_question_works(self, tuned, adam):
        lost = answer(ask(tuned, adam, "die"))
        assert (lost.state, lost.message) == (
            "failed",
            "The model stopped unexpectedly. Please ask again; it will be loaded anew.",
        )
        assert answer(ask(tuned, adam)).state == "answered"

    def test_when_it_hangs_says_so_and_the_next_question_works(self, tuned, adam, monkeypatch):
        monkeypatch.setattr(chat, "WRITE_EVERY_SECONDS", 0.0)
        renew = jobs.Lease.renew
        with monkeypatch.context() as patched:

            def impatient_once_it_hangs(lease):
                renew(lease)
                if Question.objects.get().answer.endswith(" hang"):
                    patched.setattr(model_process, "SILENCE_SECONDS", 0.2)

            patched.setattr(jobs.Lease, "renew", impatient_once_it_hangs)
            hung = answer(ask(tuned, adam, "hang"))
        assert (hung.state, hung.message) == (
            "failed",
            "The model took too long and was stopped. Please ask again.",
        )
        assert hung.answer.endswith(" hang")
        assert answer(ask(tuned, adam)).state == "answered"

    def test_when_it_never_gets_ready_says_so(self, tuned, adam, trainer, monkeypatch):
        monkeypatch.setattr(model_process, "START_SECONDS", 0.2)
        trainer("never-ready")
        assert (
            answer(ask(tuned, adam)).message == "The model took too long and was stopped. Please ask again."
        )

    def test_when_its_folder_is_gone_says_so(self, tuned, adam):
        RunFolder(tuned).path.rmdir()
        assert answer(ask(tuned, adam)).message == "The model's folder cannot be used."

    def test_with_its_workers_says_so(self, tuned, adam):
        question = ask(tuned, adam)
        Job.objects.update(attempt=chat.MAX_ATTEMPTS - 1)
        claim("answer", question.public_id)
        sweeper.sweep(now=NOW + timedelta(minutes=1))
        question.refresh_from_db()
        assert (question.state, question.message) == (
            "failed",
            "The model could not be asked. Please ask again.",
        )


class TestAWorkerThatLeaves:
    def test_lets_the_next_one_answer_from_the_start(self, tuned, adam, monkeypatch):
        question = ask(tuned, adam, "Why?")
        monkeypatch.setattr(workers, "is_leaving", lambda: True)
        waiting = answer(question)
        assert (waiting.state, waiting.answer) == ("waiting", "")
        monkeypatch.setattr(workers, "is_leaving", lambda: False)
        Job.objects.update(run_at=NOW)
        assert answer(question).answer.split(maxsplit=1)[1] == "Why?"


class TestAModelThatNobodyAsks:
    def test_is_ended_after_a_while(self, tuned, adam, kept):
        answer(ask(tuned, adam))
        process = kept._process
        kept._goodbye.function()
        assert not process.is_alive
        assert answer(ask(tuned, adam)).state == "answered"


class TestWaitsFor:
    def test_says_what_a_question_waits_for(self, db, settings):
        assert chat.waits_for(now=NOW) == "A chat worker is being started…"
        settings.PRODUCTION = True
        assert chat.waits_for(now=NOW).startswith("No chat worker is connected.")
        workers.say_hello("w", queue="chat", now=NOW)
        assert chat.waits_for(now=NOW) == "Waiting for its turn…"
