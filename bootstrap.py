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
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
INTERPRETER = ENVIRONMENT / "bin" / "python"
CONSTRAINTS = ROOT / "constraints.txt"
# One stamp per requirements file tells which text of it, under which constraints, is installed.
STAMPS = ENVIRONMENT / "installed"

SITE = ("requirements.txt", "requirements-training.txt", "requirements-fast.txt")
TESTS = (*SITE, "requirements-distributed.txt", "requirements-dev.txt")

# Installs the site five times as fast as pip (8 s against 39 s on two cores, nothing cached).
UV = "uv==0.13.9"
# Which build of torch is right for a machine is said in pip's settings, and uv does not read them.
PIP_ONLY = {"requirements-training.txt"}

# What makes Flock faster and nothing else: where it cannot be had, all works without it.
OPTIONAL = {"requirements-fast.txt"}

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
    for requirements in (ROOT / name for name in names):
        if is_installed(requirements):
            continue
        make_environment()
        say(f"Installing {requirements.name} into .venv …")
        if not any(
            succeeds([*installer, *what_to_install(requirements)]) for installer in installers(requirements)
        ):
            if requirements.name in OPTIONAL:
                say(f"Going on without {requirements.name}, which only makes Flock faster.")
                continue
            sys.exit("pip could not install Flock's requirements; its own message stands above.")
        STAMPS.mkdir(exist_ok=True)
        stamp_of(requirements).write_text(fingerprint(requirements))


def what_to_install(requirements: Path) -> list[str]:
    return ["install", "--quiet", "--requirement", str(requirements), "--constraint", str(CONSTRAINTS)]


def installers(requirements: Path) -> Iterator[list[str]]:
    """What may install it, the quickest first: uv where it can be had, then pip."""
    if requirements.name not in PIP_ONLY:
        uv = shutil.which("uv") or own_uv()
        if uv:
            yield ["env", f"VIRTUAL_ENV={ENVIRONMENT}", uv, "pip"]
    # Without compiling all of it: Python compiles what it loads, and most of this it never does.
    yield ["env", "PIP_NO_COMPILE=1", "PIP_DISABLE_PIP_VERSION_CHECK=1", *pip()]


def own_uv() -> str:
    """The uv inside `.venv`, installed if pip can, else nothing."""
    program = INTERPRETER.with_name("uv")
    if not program.exists():
        succeeds([*pip(), "install", "--quiet", "--disable-pip-version-check", UV], quiet=True)
    return str(program) if program.exists() else ""


def succeeds(command: list[str], *, quiet: bool = False) -> bool:
    return subprocess.run(command, check=False, capture_output=quiet).returncode == 0


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
    if succeeds([*inner, "--version"], quiet=True):
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
            succeeds([*apt, *arguments], quiet=True)
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
    may = shutil.which("sudo") and succeeds(["sudo", "-n", "true"], quiet=True)
    return ["sudo", "-n", *quiet] if may else []


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
