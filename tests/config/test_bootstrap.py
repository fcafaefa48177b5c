import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with one requirements file, and a `.venv` that has nothing installed."""
    (tmp_path / "requirements.txt").write_text("Django==5.2\n")
    (tmp_path / "constraints.txt").write_text("")
    interpreter = tmp_path / ".venv" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    interpreter.touch()
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "INTERPRETER", interpreter)
    monkeypatch.setattr(bootstrap, "CONSTRAINTS", tmp_path / "constraints.txt")
    monkeypatch.setattr(bootstrap, "STAMPS", tmp_path / ".venv" / "installed")
    return tmp_path


@pytest.fixture
def commands(monkeypatch):
    """What would have been run; everything succeeds."""
    seen: list[list[str]] = []

    def run(command, **_options):
        seen.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return seen


class TestInstalling:
    def test_happens_once_for_the_same_requirements(self, checkout, commands):
        bootstrap.install(("requirements.txt",))
        assert [command[-4:-2] for command in commands[-1:]] == [
            ["--requirement", str(checkout / "requirements.txt")]
        ]
        commands.clear()
        bootstrap.install(("requirements.txt",))
        assert commands == []

    def test_happens_again_when_a_pin_changes(self, checkout, commands):
        bootstrap.install(("requirements.txt",))
        (checkout / "constraints.txt").write_text("asgiref==3.8\n")
        assert not bootstrap.is_installed(checkout / "requirements.txt")

    def test_that_failed_ends_in_one_line_and_leaves_no_stamp(self, checkout, monkeypatch):
        failed = subprocess.CompletedProcess([], 1)
        monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
        with pytest.raises(SystemExit, match="pip could not install"):
            bootstrap.install(("requirements.txt",))
        assert not bootstrap.is_installed(checkout / "requirements.txt")

    def test_goes_on_without_what_only_makes_it_faster(self, checkout, monkeypatch, capsys):
        (checkout / "requirements-fast.txt").write_text("numba==0.68.1\n")
        failed = subprocess.CompletedProcess([], 1)
        monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
        bootstrap.install(("requirements-fast.txt",))
        assert "Going on without requirements-fast.txt" in capsys.readouterr().err
        assert not bootstrap.is_installed(checkout / "requirements-fast.txt")


class TestTheCommandLine:
    def test_goes_on_inside_the_environment(self, checkout, monkeypatch):
        seen = []
        monkeypatch.setattr("os.execv", lambda program, arguments: seen.append((program, arguments)))
        monkeypatch.setattr(sys, "argv", ["./manage.py", "up"])
        bootstrap.enter_environment()
        program = checkout / ".venv" / "bin" / "python"
        assert seen == [(program, [str(program), "./manage.py", "up"])]

    def test_of_a_fresh_checkout_says_what_to_run(self, tmp_path):
        for name in ("manage.py", "bootstrap.py"):
            shutil.copy(ROOT / name, tmp_path)
        bare = [
            sys.executable,
            "-I",
            "-S",
            "-c",
            "import sys; sys.path[0:0] = ['.']; import manage; manage.main()",
        ]
        done = subprocess.run(bare, cwd=tmp_path, check=False, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (1, "")
        assert (
            done.stderr
            == "Flock is not set up yet: run `make setup` (or `make run`, which also starts it).\n"
        )

    def test_of_an_old_python_says_which_it_needs(self, tmp_path):
        old = "import sys; sys.version_info = (3, 9, 2, 'final', 0); sys.path[0:0] = ['.']; import manage"
        done = subprocess.run(
            [sys.executable, "-I", "-c", old], cwd=ROOT, check=False, capture_output=True, text=True
        )
        assert done.returncode == 1
        assert done.stderr.startswith("Flock needs Python 3.11 or newer; this is 3.9 (")
        assert done.stderr.count("\n") == 1
