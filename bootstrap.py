#!/usr/bin/env python3
"""Makes `.venv` and installs the pinned requirements into it: `python3 bootstrap.py [--tests]`.

Standard library only, and a syntax that an old Python can read far enough to be told what it lacks.
"""

import sys

OLDEST_PYTHON = (3, 11)

if sys.version_info < OLDEST_PYTHON:
    sys.exit(
        "Flock needs Python %d.%d or newer; this is %d.%d (%s)."
        " With a newer one installed: make setup PYTHON=python3.12"
        % (OLDEST_PYTHON + sys.version_info[:2] + (sys.executable,))
    )

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
INTERPRETER = ENVIRONMENT / "bin" / "python"
CONSTRAINTS = ROOT / "constraints.txt"
# One stamp per requirements file tells which text of it, under which constraints, is installed.
STAMPS = ENVIRONMENT / "installed"

SITE = ("requirements.txt", "requirements-training.txt")
TESTS = (*SITE, "requirements-dev.txt")

# What the tests use from the system: the program that proves it is there, and Debian's package for it.
PROGRAMS = {
    "chromium": "chromium",
    "redis-server": "redis-server",
    "pg_ctl": "postgresql",
}


def enter_environment() -> None:
    """Run this same command line again inside `.venv`, unless it is running there already."""
    if Path(sys.prefix).resolve() == ENVIRONMENT.resolve():
        return
    if INTERPRETER.exists():
        os.execv(INTERPRETER, [str(INTERPRETER), *sys.argv])
    if importlib.util.find_spec("django") is None:
        sys.exit("Flock is not set up yet: run `make setup` (or `make run`, which also starts it).")


def install(names: tuple[str, ...]) -> None:
    """Bring `.venv` up to the given requirements files; those already installed cost nothing."""
    wanted = [ROOT / name for name in names if not is_installed(ROOT / name)]
    if not wanted:
        return
    make_environment()
    say(f"Installing {', '.join(path.name for path in wanted)} into .venv …")
    arguments = [argument for path in wanted for argument in ("--requirement", str(path))]
    command = [
        *pip(),
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--constraint",
        str(CONSTRAINTS),
        *arguments,
    ]
    if subprocess.run(command, check=False).returncode:
        sys.exit("pip could not install Flock's requirements; its own message stands above.")
    STAMPS.mkdir(exist_ok=True)
    for path in wanted:
        stamp_of(path).write_text(fingerprint(path))


def is_installed(requirements: Path) -> bool:
    stamp = stamp_of(requirements)
    return INTERPRETER.exists() and stamp.exists() and stamp.read_text() == fingerprint(requirements)


def stamp_of(requirements: Path) -> Path:
    return STAMPS / requirements.name


def fingerprint(requirements: Path) -> str:
    return hashlib.sha256(requirements.read_bytes() + CONSTRAINTS.read_bytes()).hexdigest()


def make_environment() -> None:
    """Create `.venv`; Debian's plain python3 lacks ensurepip, then the outer pip installs into it."""
    if INTERPRETER.exists():
        return
    has_pip = importlib.util.find_spec("ensurepip") is not None
    if not has_pip and importlib.util.find_spec("pip") is None:
        sys.exit("Python's pip is missing. On Debian: apt-get install python3-pip python3-venv")
    say("Making .venv …")
    venv.create(ENVIRONMENT, with_pip=has_pip, symlinks=True)


def pip() -> list[str]:
    """The pip of `.venv`, or the outer one pointed at it."""
    inner = [str(INTERPRETER), "-m", "pip"]
    if subprocess.run([*inner, "--version"], check=False, capture_output=True).returncode == 0:
        return inner
    return [sys.executable, "-m", "pip", "--python", str(INTERPRETER)]


def install_programs() -> None:
    """Install what the tests need from Debian where we may; say in one line what is missing where we may not."""
    missing = [package for program, package in PROGRAMS.items() if not find_program(program)]
    if not missing:
        return
    apt = apt_get()
    if apt:
        say(f"Installing {', '.join(missing)} with apt-get …")
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
            subprocess.run([*apt, *arguments], check=False, capture_output=True)
    still = [package for program, package in PROGRAMS.items() if not find_program(program)]
    if still:
        say(
            f"Missing for some tests, which will be skipped: {', '.join(still)}. On Debian: apt-get install {' '.join(still)}"
        )


def apt_get() -> list[str]:
    """How apt-get may be called here, or nothing where it may not."""
    if not shutil.which("apt-get"):
        return []
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    if os.geteuid() == 0:
        return quiet
    may = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True)
    return ["sudo", "-n", *quiet] if may and may.returncode == 0 else []


def find_program(name: str) -> str | None:
    """The program's path; Debian keeps PostgreSQL's off the PATH, in a folder per version."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(versions[-1]) if versions else shutil.which(name)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tests", action="store_true", help="also what the tests and the checks need")
    options = parser.parse_args()
    install(TESTS if options.tests else SITE)
    if options.tests:
        install_programs()


if __name__ == "__main__":
    main()
