import json
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError

from crowd.models import Event, Job
from crowd.services import jobs, sweeper, workers
from exports.models import Run
from exports.services import finetune, training_process
from exports.services import run as runs
from exports.services.run_files import RunFolder
from tests.support.factories import NOW
from tests.support.runs import FAKE_TRAINER, claim

ROOT = Path(__file__).resolve().parents[3]


def work(run):
    """Do the run's job as a worker does; the run as it then is."""
    jobs.do(claim("finetune", run.public_id))
    return Run.objects.get(pk=run.pk)


def actions(run):
    return [event.action for event in Event.objects.about("run", run.public_id)]


@pytest.fixture
def when_listening(asked, monkeypatch):
    """Does something once, as soon as the trainer listens to signals."""

    def arrange(happening):
        renew, done = jobs.Lease.renew, []

        def renewed(lease, **progress):
            renew(lease, **progress)
            if not done and (RunFolder(asked).path / "listening").exists():
                done.append(happening())

        monkeypatch.setattr(jobs.Lease, "renew", renewed)

    return arrange


class TestARunThatSucceeds:
    def test_leaves_a_model_and_its_figures(self, asked):
        run = work(asked)
        assert (run.state, run.exit_code, run.finished_at) == ("succeeded", 0, NOW)
        assert run.figures == {"loss": 2.0, "steps": 2, "tokens": 200, "seconds": 1.5}
        assert actions(run) == ["queue", "start", "succeed"]

    def test_finishes_its_job(self, asked):
        work(asked)
        assert Job.objects.get().state == "done"

    def test_reports_how_far_it_is(self, asked, trainer, when_listening, monkeypatch):
        trainer("stop")
        when_listening(lambda: monkeypatch.setattr(workers, "is_leaving", lambda: True))
        work(asked)
        assert Job.objects.values_list("done", "total").get() == (1, 2)

    def test_was_asked_for_in_the_trainers_own_words(self, asked, folders):
        work(asked)
        assert json.loads(RunFolder(asked).config.read_text()) == {
            "schema": 1,
            "recipe": "smoke",
            "data": str(folders / "releases/1.0.0/data/train.jsonl"),
            "data_sha256": asked.data_sha256,
            "out": str(folders / "runs" / str(asked.public_id)),
            "base": None,
            "duplicates": None,
            "overrides": {},
        }


class TestTheTrainersSurroundings:
    def test_hold_no_secret(self, asked, monkeypatch):
        for name in ("DATABASE_URL", "REDIS_URL", "HF_TOKEN", "FLOCK_SECRET_KEY", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "secret")
        monkeypatch.setenv("OMP_NUM_THREADS", "2")
        work(asked)
        told = json.loads((RunFolder(asked).path / "environment.json").read_text())
        assert told["OMP_NUM_THREADS"] == "2"
        assert told["HF_HUB_OFFLINE"] == "1"
        assert set(told) - {"LC_CTYPE"} <= training_process.KEPT_VARIABLES | set(
            training_process.SET_VARIABLES
        )


class TestARunThatFails:
    @pytest.mark.parametrize(
        ("mode", "exit_code", "message"),
        [
            ("diverge", 1, "The loss is no number at step 2."),
            ("complain", 2, "out: cannot be written."),
            ("starve", -9, "The trainer was killed from outside; most often the machine ran out of memory."),
            (
                "no-model",
                0,
                "The trainer finished, but its model lacks config.json, tokenizer.json, model.safetensors.",
            ),
            ("half-a-model", 0, "The trainer finished, but its model lacks model.safetensors."),
        ],
    )
    def test_says_why(self, asked, trainer, mode, exit_code, message):
        trainer(mode)
        run = work(asked)
        assert (run.state, run.exit_code, run.message) == ("failed", exit_code, message)
        assert Job.objects.get().state == "done"

    def test_says_that_its_folder_cannot_be_used(self, asked, folders):
        (folders / "runs").write_text("a file where the folder should be")
        assert work(asked).message == "The run's folder cannot be used: Not a directory."

    def test_says_that_its_workers_were_lost(self, asked):
        job = Job.objects.get()
        Job.objects.update(attempt=job.max_attempts - 1)
        claim("finetune", asked.public_id)
        runs.move(asked, runs.Action.START, now=NOW)
        sweeper.sweep(now=NOW + timedelta(minutes=1))
        run = Run.objects.get()
        assert (run.state, run.message) == ("failed", "The worker was lost 5 times while it trained.")


class TestARunThatIsCancelled:
    @pytest.mark.parametrize(("mode", "exit_code"), [("stop", 75), ("hang", -9)])
    def test_ends_though_its_trainer_hangs(self, asked, trainer, when_listening, ada, mode, exit_code):
        trainer(mode)
        when_listening(lambda: runs.cancel(Run.objects.get(), person=ada, now=NOW))
        run = work(asked)
        assert (run.state, run.exit_code) == ("cancelled", exit_code)
        assert actions(run) == ["queue", "start", "ask_to_stop", "cancel"]

    @pytest.mark.parametrize(
        ("mode", "parameters", "exit_code"), [("save-for-long", 500_000, -9), ("save", 12_000_000_000, 75)]
    )
    def test_has_time_to_save_a_large_model(
        self, asked, trainer, when_listening, ada, mode, parameters, exit_code
    ):
        trainer(mode)

        def cancel():
            (RunFolder(asked).path / "run.json").write_text(json.dumps({"parameters": parameters}))
            runs.cancel(Run.objects.get(), person=ada, now=NOW)

        when_listening(cancel)
        assert work(asked).exit_code == exit_code

    def test_before_it_starts_trains_nothing(self, asked, ada, folders):
        runs.cancel(asked, person=ada, now=NOW)
        assert work(asked).state == "cancelled"
        assert not (folders / "runs").exists()
        assert Job.objects.get().state == "done"

    def test_and_whose_worker_was_lost_trains_nothing_more(self, asked, ada, folders):
        claim("finetune", asked.public_id)
        runs.move(asked, runs.Action.START, now=NOW)
        runs.cancel(asked, person=ada, now=NOW)
        sweeper.sweep(now=NOW + timedelta(minutes=1))
        Job.objects.update(run_at=NOW)
        assert work(asked).state == "cancelled"
        assert not (folders / "runs").exists()


class TestAWorkerThatLeaves:
    @pytest.mark.parametrize("mode", ["stop", "hang"])
    def test_puts_the_run_back_without_costing_an_attempt(
        self, asked, trainer, when_listening, monkeypatch, mode
    ):
        trainer(mode)
        when_listening(lambda: monkeypatch.setattr(workers, "is_leaving", lambda: True))
        assert work(asked).state == "queued"
        assert Job.objects.values_list("state", "attempt").get() == ("waiting", 0)

    def test_lets_the_next_one_go_on(self, asked, trainer, when_listening, monkeypatch):
        trainer("stop")
        when_listening(lambda: monkeypatch.setattr(workers, "is_leaving", lambda: True))
        work(asked)
        monkeypatch.setattr(workers, "is_leaving", lambda: False)
        trainer("succeed")
        Job.objects.update(run_at=NOW)
        assert work(asked).state == "succeeded"
        assert actions(asked) == ["queue", "start", "pause", "start", "succeed"]


class TestAWorkerThatIsLost:
    def test_lets_the_next_one_go_on(self, asked):
        claim("finetune", asked.public_id)
        runs.move(asked, runs.Action.START, now=NOW, started_at=NOW)
        sweeper.sweep(now=NOW + timedelta(minutes=1))
        Job.objects.update(run_at=NOW)
        assert work(asked).state == "succeeded"
        assert actions(asked) == ["queue", "start", "take_over", "succeed"]

    def test_writes_nothing_when_it_comes_back(self, asked, trainer, when_listening):
        trainer("hang")
        when_listening(lambda: sweeper.sweep(now=NOW + timedelta(minutes=1)))
        assert work(asked).state == "running"
        assert actions(asked) == ["queue", "start"]

    def test_leaves_no_orphan(self, tmp_path):
        # A process that starts a trainer and is killed: the kernel ends the trainer with it.
        (tmp_path / "config.json").write_text(json.dumps({"out": str(tmp_path)}))
        program = f"""
import time
from pathlib import Path
from django.conf import settings
settings.configure(TRAINING_COMMAND=({sys.executable!r}, {str(FAKE_TRAINER)!r}, "hang"), BASE_DIR={str(ROOT)!r})
from exports.services.training_process import alone
with alone(("finetune", "--config", {str(tmp_path / "config.json")!r}), log=Path({str(tmp_path / "log.txt")!r})) as child:
    print(child.pid, flush=True)
    time.sleep(60)
"""
        worker = subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        pid = int(worker.stdout.readline())
        _wait_until((tmp_path / "listening").exists)
        worker.kill()
        worker.communicate()
        _wait_until(lambda: not _is_running(pid))

    def test_has_its_trainer_ended_by_the_next_one(self, trainer, tmp_path):
        trainer("hang")
        with ExitStack() as hung:
            left_over = hung.enter_context(training(tmp_path))
            with training(tmp_path) as next_one:
                assert left_over.wait(60) == -signal.SIGKILL
                assert next_one.exit_code is None

    def test_another_process_with_its_trainers_number_is_spared(self, trainer, tmp_path):
        trainer("hang")
        bystander = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
        )
        (tmp_path / "log.pid").write_text(f"{bystander.pid} 1")
        with training(tmp_path):
            assert bystander.poll() is None
        bystander.kill()
        bystander.wait()


class TestARunThatIsResumed:
    def test_goes_on_in_its_folder_and_succeeds(self, asked, trainer, ada):
        trainer("diverge")
        folder = RunFolder(work(asked))
        trainer("succeed")
        runs.resume(Run.objects.get(), person=ada, now=NOW)
        run = work(asked)
        assert (run.state, run.message, run.started_at) == ("succeeded", "", NOW)
        assert RunFolder(run).path == folder.path
        assert actions(run) == ["queue", "start", "fail", "resume", "start", "succeed"]

    def test_and_fails_for_another_reason_says_that_one(self, asked, trainer, ada):
        trainer("diverge")
        work(asked)
        trainer("refuse")
        runs.resume(Run.objects.get(), person=ada, now=NOW)
        assert work(asked).message == "base: there is no such folder."


class TestADatabaseThatIsAway:
    def test_for_a_moment_costs_nothing(self, asked, monkeypatch):
        renew, failures = jobs.Lease.renew, [DatabaseError("gone")]

        def away_once(lease, **progress):
            if failures:
                raise failures.pop()
            renew(lease, **progress)

        monkeypatch.setattr(jobs.Lease, "renew", away_once)
        monkeypatch.setattr(
            finetune, "close_old_connections", lambda: None
        )  # the test's own transaction lives on it
        assert work(asked).state == "succeeded"
        assert failures == []


def training(folder):
    """A worker's trainer in this folder, as `alone` starts it."""
    (folder / "config.json").write_text(json.dumps({"out": str(folder)}))
    arguments = ("finetune", "--config", str(folder / "config.json"))
    return training_process.alone(arguments, log=folder / "log.txt")


def _is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _wait_until(condition, *, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
