"""Every way to spend less memory learns the same: clipping late, moving weights early, computing twice, in parts."""

import math

import pytest
import torch
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from training import engine, loss, recompute
from training import model as models
from training import tokenizer as tokenizers
from training.config import ConfigError, settings_of
from training.data import Encoder, Record
from training.distributed import ALONE
from training.engine import Engine
from training.loop import Schedule, add_gradients, train
from training.loss import head_losses, row_of, token_losses
from training.machine import choose_device
from training.recipes import RECIPES, Shape

RECORDS = [
    Record(line, f"Say {word} twice.", f"{word} {word}. " * (line % 3 + 1))
    for line, word in enumerate(["green", "boat", "whale", "seven", "often", "hello", "stone", "river"], 1)
]
STEPS = 6


@pytest.fixture(scope="module")
def tokenizer():
    return tokenizers.train([text for record in RECORDS for text in record.texts], vocab_size=320)


@pytest.fixture(scope="module")
def examples(tokenizer):
    return list(Encoder(tokenizer).examples(RECORDS))


@pytest.fixture
def fresh(tokenizer):
    def make(dtype=torch.float32):
        shape = Shape(2, 32, 2, 64, tokenizer.get_vocab_size())
        return models.fresh(shape, tokenizer=tokenizer, seed=1, dtype=dtype)

    return make


def settings(**overrides):
    return settings_of(RECIPES["smoke"], {"learning_rate": 1e-2, "warmup_steps": 2, **overrides})


def trained(model, examples, chosen, *, steps=STEPS):
    """The engine after a few steps, and what each step told."""
    made = Engine(model, chosen, device=torch.device("cpu"), ranks=ALONE)
    schedule = Schedule.of(chosen, steps=steps)
    taken = train(made.learner, made.update, examples, schedule=schedule, settings=chosen, done=0)
    return made, list(taken)


def same_weights(one, other):
    return all(map(torch.equal, one.model.parameters(), other.model.parameters()))


class TestClipping:
    def test_by_the_norm_of_all_gradients_is_torchs(self, fresh, examples):
        chosen = settings(clip_norm=0.5, batch_records=8)
        made, _ = trained(fresh(torch.float64), examples, chosen)
        model = fresh(torch.float64)
        optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0)
        schedule = Schedule.of(chosen, steps=STEPS)
        for step in range(1, STEPS + 1):
            optimizer.param_groups[0]["lr"] = schedule.at(step)
            add_gradients(model, examples, [[*range(8)]])
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            assert float(norm) > 0.5
            optimizer.step()
            optimizer.zero_grad()
        for ours, theirs in zip(made.model.parameters(), model.parameters(), strict=True):
            assert torch.allclose(ours, theirs, rtol=0, atol=1e-9)

    def test_by_the_step_before_takes_that_steps_norm(self, fresh, examples):
        """A step whose limit is the norm before it is not clipped, so both ways agree as long as none is."""
        late, told = trained(fresh(), examples, settings(clipping="previous-step", clip_norm=1e6))
        whole, _ = trained(fresh(), examples, settings(clip_norm=1e6))
        assert same_weights(late, whole)
        assert late.update.previous_norm == told[-1].gradient_norm
        clipped, _ = trained(fresh(), examples, settings(clipping="previous-step", clip_norm=0.1))
        assert not same_weights(clipped, whole)


@pytest.mark.parametrize(
    ("precision", "optimizer"),
    [("fp32", "adamw"), ("fp32", "split-8bit"), ("bf16", "split-8bit"), ("bf16", "stochastic")],
)
class TestMovingWeightsInTheBackwardPass:
    def chosen(self, precision, optimizer, **overrides):
        return settings(
            precision=precision, optimizer=optimizer, clipping="previous-step", clip_norm=0.5, **overrides
        )

    def test_is_moving_them_after_it(self, precision, optimizer, fresh, examples):
        dtype = engine.DTYPES[precision]
        early, told = trained(fresh(dtype), examples, self.chosen(precision, optimizer, in_backward=1))
        late, told_late = trained(fresh(dtype), examples, self.chosen(precision, optimizer))
        if optimizer == "stochastic":  # Its random numbers come to the weights in another order.
            assert told[0] == told_late[0]
        else:
            assert told == told_late
            assert same_weights(early, late)

    def test_keeps_no_gradient(self, precision, optimizer, fresh, examples):
        dtype = engine.DTYPES[precision]
        chosen = self.chosen(precision, optimizer, in_backward=1)
        made = Engine(fresh(dtype), chosen, device=torch.device("cpu"), ranks=ALONE)
        alive = []

        def count(_parameter):
            alive.append(sum(parameter.grad is not None for parameter in made.model.parameters()))

        for parameter in made.model.parameters():
            parameter.register_post_accumulate_grad_hook(count)  # After ours.
        made.update.begin(learning_rate=1e-3)
        add_gradients(made.learner, examples, [[*range(8)]])
        assert alive == [0] * len(list(made.model.parameters()))

    def test_takes_a_step_as_one_row(self, precision, optimizer, fresh, examples):
        """Rows that hold two records of a step's eight would need more than one backward pass."""
        chosen = self.chosen(precision, optimizer, in_backward=1, batch_records=8, max_length=160)
        dtype = engine.DTYPES[precision]
        _, told = trained(fresh(dtype), examples, chosen)
        roomy = self.chosen(precision, optimizer, in_backward=1, batch_records=8)
        assert told == trained(fresh(dtype), examples, roomy)[1]


class TestRecomputing:
    def gradients(self, model, examples, how):
        recompute.apply(model.train(), how)
        kept = {}

        def keep(tensor):
            kept[tensor.data_ptr()] = tensor.nbytes
            return tensor

        # What a layer saves for its backward pass; weights are saved by none but themselves.
        weights = {parameter.data_ptr() for parameter in model.parameters()}
        with saved_tensors_hooks(keep, lambda tensor: tensor):
            losses = token_losses(model, row_of(examples))
        losses.sum().backward()
        size_bytes = sum(nbytes for place, nbytes in kept.items() if place not in weights)
        return [parameter.grad for parameter in model.parameters()], size_bytes

    def test_gives_the_same_gradients(self, fresh, examples):
        kept, *others = [self.gradients(fresh(), examples, how)[0] for how in ("none", "selective", "full")]
        for other in others:
            assert all(map(torch.equal, kept, other))

    def test_in_full_keeps_least(self, fresh, examples):
        sizes = {how: self.gradients(fresh(), examples, how)[1] for how in ("none", "full")}
        assert sizes["full"] < sizes["none"] / 2

    def test_selectively_repeats_no_product_of_matrices(self, fresh, examples):
        def flops(how):
            model = fresh()
            recompute.apply(model.train(), how)
            with FlopCounterMode(display=False) as counted:
                token_losses(model, row_of(examples)).sum().backward()
            return counted.get_total_flops()

        assert flops("selective") == flops("none") < flops("full")


class TestAHeadInParts:
    def test_gives_the_losses_and_gradients_of_a_whole_one(self, monkeypatch):
        head = torch.nn.Linear(16, 300, bias=False).double()
        hidden = torch.randn(50, 16, dtype=torch.float64, requires_grad=True)
        targets = torch.arange(50)
        found = []
        for size_bytes in (10**9, 4 * 300 * 7):  # All at once, then seven at a time.
            monkeypatch.setattr(loss, "LOGIT_BYTES", size_bytes)
            losses = head_losses(head, hidden, targets)
            gradients = torch.autograd.grad(losses.sum(), [hidden, head.weight])
            found.append([losses, *gradients])
        for whole, parts in zip(*found, strict=True):
            assert torch.allclose(whole, parts, rtol=0, atol=1e-12)

    def test_takes_16_bits_to_32_before_the_softmax(self):
        head = torch.nn.Linear(16, 300, bias=False, dtype=torch.bfloat16)
        losses = head_losses(head, torch.randn(5, 16, dtype=torch.bfloat16), torch.arange(5))
        assert losses.dtype == torch.float32


class TestADevice:
    def test_that_is_not_there_is_refused_by_name(self, monkeypatch):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        assert choose_device("auto") == choose_device("cpu") == torch.device("cpu")
        with pytest.raises(ConfigError) as caught:
            choose_device("cuda")
        assert caught.value.key == "device"


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_moments_of_a_byte_learn_as_well_as_those_of_four(precision, fresh, examples):
    """Half a percent, over a run in which the loss falls to less than a half."""

    def mean_loss(optimizer, precision):
        chosen = settings(optimizer=optimizer, precision=precision, learning_rate=3e-3, batch_records=8)
        _, told = trained(fresh(engine.DTYPES[precision]), examples, chosen, steps=60)
        assert told[-1].loss < told[0].loss / 2
        return math.fsum(step.loss for step in told) / len(told)

    assert mean_loss("split-8bit", precision) == pytest.approx(mean_loss("adamw", "fp32"), rel=0.005)
