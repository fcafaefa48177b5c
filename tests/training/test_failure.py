"""A run that cannot go on says why, in words that help, and keeps its last good checkpoint."""

from dataclasses import replace

import pytest
import torch
from safetensors import SafetensorError
from torch.distributed import DistBackendError
from transformers import AutoModelForCausalLM

from tests.training.test_finetune import short, status, weights
from training import checkpoint, failure, loop
from training.finetune import finetune


@pytest.fixture
def failing_at(monkeypatch):
    """Let a function of a module fail on its nth call."""

    def arrange(module, name, call, fail):
        whole, calls = getattr(module, name), []

        def failing(*args, **options):
            calls.append(args)
            return fail() if len(calls) == call else whole(*args, **options)

        monkeypatch.setattr(module, name, failing)

    yield arrange
    monkeypatch.undo()


def too_much():
    return torch.empty(2**50)


def full():
    raise SafetensorError("I/O error: No space left on device (os error 28)")


def no_number():
    """The losses of a step's 90 tokens, each of them not a number."""
    return torch.full([90], float("nan"), requires_grad=True)


def killed_beside():
    raise RuntimeError("[/pytorch/gloo/transport/tcp/pair.cc:547] Connection closed by peer [127.0.0.1]:4711")


class TestARunThatFailsInItsFifthStep:
    """Of eight, after a checkpoint at the third."""

    # Eight steps of one row each.
    steps = {"batch_records": 6, "epochs": 8}

    def run(self, data, out, **overrides):
        assert finetune(short(data, out, **self.steps, **overrides), resume=False) == 1
        assert checkpoint.latest(out / "checkpoints").name == "step-00000003"
        assert status(out)["state"] == "failed"
        return status(out)["message"]

    def test_for_want_of_memory_says_what_needs_less(self, data, tmp_path, failing_at):
        failing_at(loop, "token_losses", 5, too_much)
        message = self.run(data, tmp_path / "run")
        assert message.startswith("There was not enough memory.")
        assert "recompute=full" in message

    def test_for_python_having_none_says_the_same(self, data, tmp_path, failing_at):
        def none_left():
            raise MemoryError

        failing_at(loop, "token_losses", 5, none_left)
        assert self.run(data, tmp_path / "run").startswith("There was not enough memory.")

    @pytest.mark.parametrize("in_backward", [0, 1])
    def test_for_a_loss_that_is_no_number_says_at_which_step(self, in_backward, data, tmp_path, failing_at):
        failing_at(loop, "token_losses", 5, no_number)
        overrides = {"in_backward": in_backward, "clipping": "previous-step"}
        assert "at step 5. A lower learning_rate" in self.run(data, tmp_path / "run", **overrides)

    def test_for_another_process_says_that_it_was_not_its_own_fault(self, data, tmp_path, failing_at):
        failing_at(loop, "token_losses", 5, killed_beside)
        assert self.run(data, tmp_path / "run").startswith("Another process of this run ended.")

    def test_goes_on_once_there_is_enough(self, data, tmp_path, failing_at, monkeypatch):
        failing_at(loop, "token_losses", 5, too_much)
        self.run(data, tmp_path / "run")
        monkeypatch.undo()
        assert finetune(short(data, tmp_path / "run", **self.steps), resume=True) == 0
        assert finetune(short(data, tmp_path / "whole", **self.steps), resume=False) == 0
        assert weights(tmp_path / "run") == weights(tmp_path / "whole")

    def test_for_a_fault_of_the_program_says_so_and_shows_it(self, data, tmp_path, failing_at):
        def fault():
            raise KeyError("layer")

        failing_at(loop, "token_losses", 5, fault)
        with pytest.raises(KeyError):
            finetune(short(data, tmp_path / "run"), resume=False)
        assert status(tmp_path / "run")["message"] == "An error of the program: KeyError('layer')"


class TestADiskThatIsFull:
    @pytest.mark.parametrize(
        ("module", "name"),
        [(checkpoint.models, "save"), (checkpoint.torch, "save"), (checkpoint, "_replace")],
    )
    def test_in_a_checkpoint_leaves_the_one_before_it(self, module, name, data, tmp_path, failing_at):
        failing_at(module, name, 2, full)
        assert finetune(short(data, tmp_path / "run"), resume=False) == 1
        assert status(tmp_path / "run")["message"].startswith("The disk is full.")
        assert [path.name for path in (tmp_path / "run" / "checkpoints").iterdir()] == ["step-00000003"]


def test_too_little_memory_for_a_base_is_no_fault_of_the_base(tuned, data, tmp_path, monkeypatch):
    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", lambda *_arguments, **_options: too_much())
    config = replace(short(data, tmp_path / "run"), base=str(tuned / "model"))
    assert finetune(config, resume=False) == 1
    assert status(tmp_path / "run")["message"].startswith("There was not enough memory.")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "The disk is full."),
        (OSError(27, "File too large"), "The disk is full."),
        (RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64"), "The disk is full."),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."), "not enough memory"),
        (RuntimeError("[tcp/pair.cc] Read error [127.0.0.1]: Connection reset by peer"), "Another process"),
        (DistBackendError("NCCL communicator was aborted on rank 1."), "Another process"),
        (loop.Diverged("The loss stopped being a number at step 5."), "at step 5"),
    ],
)
def test_what_a_person_can_help_is_said_in_words(error, words):
    assert words in failure.reason_of(error)


def test_what_nobody_foresaw_has_no_reason():
    assert failure.reason_of(RuntimeError("shape mismatch")) is None
