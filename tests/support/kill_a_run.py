"""Kills a fine-tune at points spread over everything that it does to its folder. Writes the folders that it left.

`python kill_a_run.py CONFIG FOLDER DEATHS`: the configuration's run is begun in FOLDER/1, FOLDER/2, …, each time in a
fork of this process, which has loaded the libraries and computed nothing yet.
"""

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from training.config import RunConfig
from training.finetune import finetune

# Python tells of these just before they happen (its audit events).
IN_ITS_FOLDER = {"open", "os.rename", "os.mkdir", "os.chmod", "os.truncate"}
ANYWHERE = {
    "os.remove",
    "os.rmdir",
}  # They name a file by its folder's descriptor, and only a run's are removed.


class Events:
    """Counts what is about to be done to a folder, and dies before the one that it is given."""

    def __init__(self, out: str, *, deadly: int) -> None:
        self.count, self._out, self._deadly = 0, out, deadly

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        here = event in IN_ITS_FOLDER and str(arguments[0]).startswith(self._out)
        if not (here or event in ANYWHERE):
            return
        self.count += 1
        if self.count == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)


def begin(config: RunConfig, *, deadly: int) -> int | None:
    """How many events a run came to, or nothing for one that died."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
        events = Events(config.out, deadly=deadly)
        sys.addaudithook(events)
        finetune(config, resume=False)
        os.write(writing, str(events.count).encode())
        os._exit(0)
    os.close(writing)
    _pid, status = os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    if os.WIFSIGNALED(status) == bool(told):
        sys.exit("the run ended by itself, and not well")
    return int(told) if told else None


def main(config_path: str, folder: str, deaths: str) -> None:
    """Find out how many events there are, then die before some of them, the first and the last among them."""
    asked = RunConfig.from_dict(json.loads(Path(config_path).read_text(encoding="utf-8")))
    Path(folder).mkdir()
    events = begin(replace(asked, out=f"{folder}/whole"), deadly=0)
    assert events is not None
    count = int(deaths)
    for number in range(count):
        deadly = 1 + number * (events - 1) // (count - 1)
        out = f"{folder}/{deadly}"
        assert begin(replace(asked, out=out), deadly=deadly) is None
        sys.stdout.write(f"{out}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
