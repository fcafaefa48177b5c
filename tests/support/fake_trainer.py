"""Stands in for `python -m training`, as quick or as stubborn as a test needs: `fake_trainer.py MODE COMMAND …`."""

import json
import os
import signal
import struct
import sys
import time
from pathlib import Path

mode, command, *options = sys.argv[1:]


def told(out: Path, **status: object) -> None:
    (out / "status.json").write_text(json.dumps(status))


def step(out: Path, number: int) -> None:
    event = {"event": "step", "step": number, "loss": 4.0 / number, "learning_rate": 0.01, "tokens": 100}
    with (out / "metrics.jsonl").open("a") as metrics:
        metrics.write(json.dumps(event) + "\n")
    told(out, state="running", step=number, steps=2, loss=4.0 / number)


def save_model(out: Path) -> None:
    model = out / "model"
    model.mkdir(exist_ok=True)
    (model / "config.json").write_text("{}")
    (model / "tokenizer.json").write_text("{}")
    header = json.dumps({"weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    weights = struct.pack("<Q", len(header)) + header + bytes(4)
    (model / "model.safetensors").write_bytes(weights[:-1] if mode == "half-a-model" else weights)


def finetune() -> int:
    if mode == "refuse":  # before it has anything to tell in the folder
        sys.stderr.write("base: there is no such folder.\n")
        return 2
    out = Path(json.loads(Path(options[1]).read_text())["out"])
    (out / "environment.json").write_text(json.dumps(dict(os.environ)))
    step(out, 1)
    match mode:
        case "stop" | "hang":
            signal.signal(signal.SIGTERM, signal.SIG_IGN if mode == "hang" else lambda *_: sys.exit(75))
            (out / "listening").touch()
            time.sleep(60)
        case "save" | "save-for-long":
            seconds = 1 if mode == "save" else 60
            signal.signal(signal.SIGTERM, lambda *_: (time.sleep(seconds), sys.exit(75)))
            (out / "listening").touch()
            time.sleep(60)
        case "diverge":
            told(out, state="failed", message="The loss is no number at step 2.")
            return 1
        case "complain":
            sys.stderr.write("out: cannot be written.\n")
            return 2
        case "starve":
            os.kill(os.getpid(), signal.SIGKILL)
    step(out, 2)
    with (out / "metrics.jsonl").open("a") as metrics:
        metrics.write(json.dumps({"event": "done", "step": 2, "loss": 2.0, "seconds": 1.5}) + "\n")
    if mode != "no-model":
        save_model(out)
    told(out, state="succeeded", step=2, steps=2)
    return 0


def say(**reply: object) -> None:
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()


def serve() -> int:
    if mode == "never-ready":
        time.sleep(60)
    say(ready=True, protocol=1)
    for line in sys.stdin:
        question = json.loads(line)
        if question["instruction"] == "die":
            return 1
        if question["instruction"] == "refuse":
            say(id=question["id"], error="The question is too long.")
            continue
        for word in (str(os.getpid()), " ", question["instruction"], question["context"]):
            say(id=question["id"], token=word)
        if question["instruction"] == "slow":
            time.sleep(0.8)
        if question["instruction"] == "hang":
            time.sleep(60)
        say(id=question["id"], done=True, text="…", stopped="end")
    return 0


sys.exit(finetune() if command == "finetune" else serve())
