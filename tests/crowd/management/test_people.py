import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from knox.models import AuthToken

from crowd.management.base import Refusal, WrongUsage
from crowd.models import Event, Person
from crowd.services import people

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments):
    """What a command wrote to stdout and to stderr."""
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.django_db
class TestCreatePerson:
    def test_makes_an_account_with_the_given_password(self):
        out, err = run(
            "create_person", "nora@flock.example", "--role", "reviewer", "--password", "a long sentence 7"
        )
        nora = Person.objects.get()
        assert (out, err) == ("", "nora@flock.example is here now, as reviewer.\n")
        assert (nora.email, nora.role, nora.check_password("a long sentence 7")) == (
            "nora@flock.example",
            "reviewer",
            True,
        )
        assert Event.objects.get().action == "create"

    def test_shows_a_random_password_once(self):
        out, _err = run("create_person", "nora@flock.example", "--role", "admin")
        assert len(out.strip()) == 22
        assert Person.objects.get().check_password(out.strip())

    def test_warns_of_a_weak_password(self):
        _out, err = run("create_person", "nora@flock.example", "--role", "admin", "--password", "pw")
        assert "Note: This password is too short." in err

    def test_refuses_an_e_mail_that_is_here_in_any_case(self, alice):
        with pytest.raises(Refusal, match="already a person with the e-mail ALICE@"):
            run("create_person", "ALICE@flock.example", "--role", "admin")
        assert Person.objects.get().role == "contributor"

    @pytest.mark.parametrize(
        "arguments",
        [
            ("nobody", "--role", "admin"),
            ("a@b", "--role", "admin"),
            ("a b@flock.example", "--role", "admin"),
            (f"{'x' * 250}@flock.example", "--role", "admin"),
            ("nora@flock.example\nbcc@flock.example", "--role", "admin"),
            ("nora@flock.example\x00", "--role", "admin"),
            ("nora@flock.example", "--role", "boss"),
            ("nora@flock.example",),
            ("nora@flock.example", "--role", "admin", "--password", ""),
            ("nora@flock.example", "--role", "admin", "--password", "half a \udcff character"),
            ("nora@flock.example", "--role", "admin", "--name", "n" * 121),
            ("nora@flock.example", "--role", "admin", "--name", "\x1b[31mNora"),
        ],
    )
    def test_does_nothing_when_used_wrongly(self, arguments):
        with pytest.raises(CommandError) as problem:
            run("create_person", *arguments)
        assert not isinstance(problem.value, Refusal)
        assert Person.objects.count() == 0


@pytest.mark.django_db
class TestCreateToken:
    def test_prints_the_token_alone(self, client, alice):
        out, _err = run("create_token", "Alice@Flock.Example")
        token = out.removesuffix("\n")
        assert (len(token), AuthToken.objects.get().user) == (64, alice)
        assert client.get("/api/v1/grant/", headers={"Authorization": f"Bearer {token}"}).status_code == 200

    def test_makes_a_new_one_each_time(self, alice):
        assert run("create_token", alice.email)[0] != run("create_token", alice.email)[0]

    def test_refuses_whoever_is_not_here(self):
        with pytest.raises(Refusal, match="Nobody here has the e-mail bob@"):
            run("create_token", "bob@flock.example")

    def test_refuses_whoever_has_left(self, lena):
        with pytest.raises(Refusal, match="disabled"):
            run("create_token", lena.email)
        assert AuthToken.objects.count() == 0


class TestAnAddress:
    @pytest.mark.django_db
    def test_that_is_taken_at_this_very_moment_is_a_conflict(self, alice):
        with pytest.raises(people.Conflict):
            people.create(alice.email.upper(), role="admin", now=alice.joined_at)


@pytest.mark.slow
class TestTheExitStatus:
    """In a process of its own, on a site of its own that nobody has migrated."""

    def manage(self, folder, *arguments):
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        environment = {"PATH": os.environ["PATH"], "FLOCK_DATA_DIR": str(folder)}
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

    def test_says_how_it_went(self, tmp_path):
        refused = self.manage(tmp_path, "create_token", "alice@flock.example")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.startswith("The database cannot be used")
        assert "manage.py migrate" in refused.stderr
        wrong = self.manage(tmp_path, "create_person", "nobody", "--role", "admin")
        assert (wrong.returncode, wrong.stderr) == (2, "'nobody' is no e-mail address.\n")
        assert self.manage(tmp_path, "create_person", "nobody").returncode == 2
        assert issubclass(WrongUsage, CommandError)
