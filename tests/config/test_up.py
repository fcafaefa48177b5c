import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.live import ROOT, LiveSite

pytestmark = pytest.mark.slow

# What takes a second here took twenty on two cores that eight others were using.
PATIENCE_SECONDS = 240


def processes_of(data_dir: Path) -> dict[int, str]:
    """Every process that works on this data folder, with its command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            if f"FLOCK_DATA_DIR={data_dir}\0".encode() in (folder / "environ").read_bytes():
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
    return {pid: command for pid, command in found.items() if command}


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def refused(site: LiveSite, *options: str, **variables: str) -> tuple[int, str]:
    """Exit status and message of an `up` that cannot start."""
    command = [sys.executable, str(ROOT / "manage.py"), "up", *options]
    environment = {**site.environment, **variables}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        check=False,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    return done.returncode, done.stderr


def until_nothing_runs_on(data_dir: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (left := processes_of(data_dir)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == {}


@pytest.fixture(scope="module")
def site(start_site) -> LiveSite:
    return start_site("up")


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
class TestUp:
    def test_names_the_demo_people_and_the_broker(self, site, deployment):
        told = "".join(site.output)
        assert re.findall(r"^  (\w+)@flock.example +(\w+)$", told, re.MULTILINE)[:3] == [
            ("ada", "Admin"),
            ("adam", "Admin"),
            ("alice", "Contributor"),
        ]
        broker = {"embedded": "valkey-server on a private socket", "production": "the one REDIS_URL names"}
        assert f"Broker: {broker[deployment.name]}." in told

    def test_starts_a_worker_again_that_was_killed(self, site):
        # The worker, and what it started for the jobs.
        family = {
            pid for pid, command in processes_of(site.data_dir).items() if "--queues default" in command
        }
        (worker,) = (pid for pid in family if parent_of(pid) not in family)
        os.kill(worker, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not any("worker was ended by SIGKILL" in line for line in site.output):
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def test_starts_a_training_worker_when_a_job_waits_for_one(self, site):
        assert not any("--queues training" in command for command in processes_of(site.data_dir).values())
        site.manage(
            "shell",
            "-c",
            "from django.utils import timezone; from crowd.services import jobs;"
            "jobs.enqueue('nobody-does-this', 1, {}, queue='training', now=timezone.now())",
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not any("--queues training" in command for command in processes_of(site.data_dir).values()):
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def test_on_a_folder_in_use_is_refused(self, site):
        status, message = refused(site, "--port", "0")
        assert status == 1
        assert message == (
            f"flock: already running on {site.data_dir} (process {site.process.pid})."
            " Stop that one, or give this one a folder of its own with FLOCK_DATA_DIR=…\n"
        )

    def test_on_a_taken_port_is_refused(self, site, deployment):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            status, message = refused(site, "--port", str(port), **deployment.environment("taken"))
        assert status == 1
        assert message == (
            f"flock: port {port} on 127.0.0.1 cannot be used (Address already in use)."
            f" Choose another one: --port {port + 1}\n"
        )

    @pytest.mark.parametrize("port", ["70000", "-1", "http"])
    def test_on_what_is_no_port_is_refused(self, site, port):
        status, message = refused(site, "--port", port)
        assert status == 2
        assert f"'{port}' is no port" in message

    def test_on_a_folder_that_cannot_be_made_is_refused(self, site, tmp_path):
        (tmp_path / "file").touch()
        status, message = refused(site, FLOCK_DATA_DIR=str(tmp_path / "file" / "var"))
        assert status == 1
        assert message.startswith(f"flock: FLOCK_DATA_DIR is {tmp_path}/file/var, which cannot be made")
        assert message.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
class TestStopping:
    def test_by_ctrl_c_ends_every_process_and_keeps_the_data(self, start_site):
        site = start_site("stopped", "--no-demo")
        site.manage(
            "create_person", "alice@flock.example", "--role", "contributor", "--password", "hunter22hunter"
        )
        site.stop(signal.SIGINT)
        until_nothing_runs_on(site.data_dir)
        with LiveSite(site.environment) as again:
            assert "  alice@flock.example     Contributor\n" in again.output

    def test_by_sigkill_leaves_no_orphans(self, start_site):
        site = start_site("killed", "--no-demo")
        site.stop(signal.SIGKILL)
        until_nothing_runs_on(site.data_dir)
