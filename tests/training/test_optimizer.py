"""No optimizer loses an update: at a learning rate of 5e-6 weights in bf16 move as those in 32 bits do."""

import shutil

import pytest
import torch

from training import optimizer as optimizers
from training.lowbit import LEVELS, SIGNED_LEVELS, decode, join
from training.optimizer import ADAMW, SPLIT, STOCHASTIC, new_optimizer

DOLLYS_RATE = 5e-6
STEPS = 60


def weights(count=1000, *, dtype=torch.float32):
    """Weights of a Pythia's size: a spread of 0.02."""
    values = torch.randn(count, generator=torch.Generator().manual_seed(1)) * 0.02
    return torch.nn.Parameter(values.bfloat16().to(dtype))


def gradients(count=1000):
    """The same float32 gradients each time, which bf16 can spell: noise about a mean that differs by weight."""
    random = torch.Generator().manual_seed(2)
    mean = torch.randn(count, generator=random) * 1e-3
    for _ in range(STEPS):
        yield (mean + torch.randn(count, generator=random) * 1e-3).bfloat16().float()


def moved(parameter, name, *, rate=DOLLYS_RATE):
    """The optimizer after all steps."""
    optimizer = new_optimizer([parameter], name=name, seed=3)
    optimizer.param_groups[0]["lr"] = rate
    for gradient in gradients(len(parameter)):
        parameter.grad = gradient.to(parameter.dtype)
        optimizer.step()
    return optimizer


def exact(optimizer, parameter):
    """The weights, with what a split leaves out of them."""
    low = optimizer.state[parameter].get("low")
    return parameter.detach().float() if low is None else join(parameter.detach(), low)


def kept(before, after, wanted):
    """The share of the wanted update that was made."""
    update = wanted - before
    return float(((after - before) * update).sum() / update.square().sum())


class TestWeightsInBf16:
    def reference(self):
        parameter = weights()
        moved(parameter, ADAMW)
        return parameter.detach()

    @pytest.mark.parametrize("name", [SPLIT, STOCHASTIC])
    def test_keep_99_percent_of_a_small_update(self, name):
        start, wanted = weights().detach(), self.reference()
        parameter = weights(dtype=torch.bfloat16)
        found = exact(moved(parameter, name), parameter)
        # Stochastic rounding keeps it in the mean of many weights: noise on each, none on the whole.
        assert kept(start, found, wanted) == pytest.approx(1, abs=0.01 if name == SPLIT else 0.1)

    def test_rounded_stochastically_keep_99_percent_in_the_mean(self):
        count = 50_000
        wanted = weights(count)
        moved(wanted, ADAMW)
        parameter = weights(count, dtype=torch.bfloat16)
        moved(parameter, STOCHASTIC)
        assert kept(weights(count).detach(), parameter.detach().float(), wanted.detach()) >= 0.99

    def test_would_lose_it_to_plain_rounding(self):
        """The twin that shows the tests above can fail: torch's AdamW on bf16 weights."""
        parameter = weights(dtype=torch.bfloat16)
        plain = torch.optim.AdamW([parameter], lr=DOLLYS_RATE, weight_decay=0.0)
        for gradient in gradients():
            parameter.grad = gradient.bfloat16()
            plain.step()
        assert kept(weights().detach(), parameter.detach().float(), self.reference()) < 0.5

    def test_are_refused_by_the_plain_optimizer(self):
        with pytest.raises(ValueError, match="weights of 32 bits or more"):
            new_optimizer([weights(dtype=torch.bfloat16)], name=ADAMW, seed=1)

    def test_that_stay_still_are_no_matter(self):
        still = torch.nn.Parameter(torch.zeros(3, dtype=torch.bfloat16), requires_grad=False)
        optimizer = new_optimizer([still, weights()], name=ADAMW, seed=1)
        assert [len(group["params"]) for group in optimizer.param_groups] == [1]


class TestASplitMaster:
    @pytest.mark.parametrize("rate", [DOLLYS_RATE, 1e-2])
    def test_is_torchs_adamw_on_the_same_moments_bit_for_bit(self, rate):
        ours, theirs = weights(dtype=torch.bfloat16), weights()
        optimizer = new_optimizer([ours], name=SPLIT, seed=3)
        reference = torch.optim.AdamW([theirs], lr=rate, weight_decay=0.0)
        optimizer.param_groups[0]["lr"] = rate
        for gradient in gradients():
            ours.grad, theirs.grad = gradient.bfloat16(), gradient
            if state := optimizer.state[ours]:
                moments = (
                    decode(state[name], state[f"{name}_scales"], levels=levels)
                    for name, levels in (("first", SIGNED_LEVELS), ("second", LEVELS))
                )
                reference.state[theirs]["exp_avg"], reference.state[theirs]["exp_avg_sq"] = moments
            optimizer.step()
            reference.step()
            assert torch.equal(exact(optimizer, ours), theirs)

    def test_takes_six_bytes_a_weight(self):
        parameter = weights(128 * 100, dtype=torch.bfloat16)
        state = moved(parameter, SPLIT).state[parameter]
        tensors = [parameter, *(value for value in state.values() if isinstance(value, torch.Tensor))]
        assert sum(tensor.nbytes for tensor in tensors) / len(parameter) == 6 + 2 * 4 / 128


@pytest.mark.parametrize("name", [SPLIT, STOCHASTIC])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
class TestEveryLowMemoryOptimizer:
    def test_does_the_same_in_pieces(self, name, dtype, monkeypatch):
        found = []
        for piece in (2**24, 256):
            monkeypatch.setattr(optimizers, "PIECE", piece)
            parameter = weights(dtype=dtype)
            found.append(exact(moved(parameter, name), parameter))
        # Random numbers are drawn a piece at a time, the same ones in the same order.
        assert torch.equal(*found)

    def test_goes_on_from_its_state_as_if_never_stopped(self, name, dtype):
        parameter = weights(dtype=dtype)
        optimizer = moved(parameter, name)
        other = torch.nn.Parameter(parameter.detach().clone())
        resumed = new_optimizer([other], name=name, seed=99)
        resumed.load_state_dict(optimizer.state_dict())
        resumed.param_groups[0]["lr"] = optimizer.param_groups[0]["lr"]
        for gradient in gradients():
            for one, which in ((optimizer, parameter), (resumed, other)):
                which.grad = gradient.to(dtype)
                one.step()
        assert torch.equal(parameter, other)
        assert torch.equal(exact(optimizer, parameter), exact(resumed, other))

    def test_follows_the_seed_alone(self, name, dtype):
        first, again = (weights(dtype=dtype) for _ in range(2))
        moved(first, name)
        torch.manual_seed(7)
        moved(again, name)
        assert torch.equal(first, again)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch compiles for a processor with g++")
@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # torch's compiler of itself, 2.13
@pytest.mark.parametrize("name", [SPLIT, STOCHASTIC])
def test_a_compiled_kernel_does_the_same_but_for_the_last_bits(name, monkeypatch):
    """What a GPU runs, compiled for the processor: one program for tensors of every size."""
    plain = weights(1000, dtype=torch.bfloat16)
    optimizer = moved(plain, name)
    compiled = torch.compile(optimizers.moved, dynamic=True)
    monkeypatch.setattr(optimizers, "kernel", lambda device: compiled)
    monkeypatch.setattr(optimizers, "PIECE", 256)
    parameter = weights(1000, dtype=torch.bfloat16)
    found = exact(moved(parameter, name), parameter)
    assert torch.allclose(found, exact(optimizer, plain), rtol=0, atol=1e-6 if name == SPLIT else 2e-4)
