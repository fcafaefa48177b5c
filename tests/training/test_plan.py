"""What a run is told to take before any weights are loaded, and what it is made ready with."""

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from tests.training.conftest import ROWS, write_rows
from training import engine, lora, memory, plan, preparation
from training import machine as machines
from training import model as models
from training import tokenizer as tokenizers
from training.config import ConfigError, RunConfig, settings_of
from training.data import BadRows
from training.distributed import ALONE
from training.loop import Schedule, train
from training.loss import LOGIT_BYTES, row_of
from training.memory import Row
from training.recipes import ARCHITECTURES, RECIPES, Shape

LONG = {"instruction": "Go on.", "response": "and on " * 900}
GB = 1e9
SMALLEST_ROW = Row(tokens=1, targets=1)


def prepared(data, recipe="smoke", base=None, **overrides):
    config = RunConfig(recipe=recipe, data=str(data), out="out", base=base and str(base), overrides=overrides)
    preparation.check_inputs(config)
    return preparation.prepare(config, preparation.read_data(config))


def needed(recipe, row=SMALLEST_ROW, **overrides):
    settings = settings_of(recipe, overrides)
    return memory.needed(recipe.shape, settings, row, logits_at_once=500_000_000, on_gpu=True)


class TestLongRecords:
    @pytest.fixture
    def data(self, tmp_path):
        return write_rows(tmp_path / "data.jsonl", [*ROWS, LONG])

    def test_are_left_out_counted_and_named(self, data):
        found = prepared(data, max_length=400)
        assert (len(found.training), found.too_long) == (len(ROWS), [7])
        assert "1 records of 400 tokens or more are left out. Line 7." in plan.describe(
            plan.plan(found, out=data.parent), found
        )

    def test_are_cut_off_at_their_end(self, data):
        dropped, cut, whole = (
            prepared(data, max_length=400),
            prepared(data, max_length=400, long_records="cut"),
            prepared(data, max_length=2048),
        )
        assert (len(cut.training), cut.too_long) == (len(ROWS) + 1, [7])
        assert len(cut.training[-1]) == 400
        assert cut.training[-1].ids.tolist() == whole.training[-1].ids[:400].tolist()
        assert [len(e) for e in cut.training[:-1]] == [len(e) for e in dropped.training]

    def test_without_a_token_of_answer_left_are_left_out(self, tmp_path):
        question = {"instruction": "Why? " * 900, "response": "So."}
        data = write_rows(tmp_path / "data.jsonl", [*ROWS, question])
        assert len(prepared(data, max_length=400, long_records="cut").training) == len(ROWS)

    def test_refuse_the_file_where_that_is_asked_for(self, data):
        with pytest.raises(BadRows, match="line 7: 400 tokens or more"):
            prepared(data, max_length=400, long_records="error")
        assert len(prepared(data, long_records="error").training) == len(ROWS) + 1


class TestRandomWeights:
    def test_have_the_recipes_shape_and_a_tokenizer_of_the_data(self, data):
        found = prepared(data, "pythia-410m", init="random")
        assert (found.shape, found.source) == (RECIPES["pythia-410m"].shape, None)
        assert max(example.ids.max() for example in found.training) < found.tokenizer.get_vocab_size() < 1_000

    def test_take_the_tokenizer_of_a_base_and_nothing_else(self, data, tmp_path):
        base = tmp_path / "base"
        base.mkdir()
        tokenizers.train(["aaab"], vocab_size=300).save(str(base / "tokenizer.json"))
        found = prepared(data, "pythia-70m", base, init="random")
        assert (found.shape.vocab_size, found.source) == (50304, None)
        assert found.tokenizer.get_vocab() == tokenizers.load(base).get_vocab()

    def test_want_at_least_that_of_a_base(self, data, tmp_path):
        with pytest.raises(ConfigError, match="tokenizer.json is missing"):
            prepared(data, "pythia-70m", tmp_path, init="random")


class TestABase:
    def test_of_another_kind_is_refused(self, data, tuned, tmp_path):
        shutil.copytree(tuned / "model", tmp_path / "base")
        (tmp_path / "base" / "config.json").write_text('{"model_type": "llama"}', encoding="utf-8")
        with pytest.raises(ConfigError, match="is a 'llama' model; only 'gpt_neox' \\(Pythia\\) and 'gptj'"):
            prepared(data, "smoke", tmp_path / "base")

    def test_in_a_runs_folder_is_named(self, data, tuned):
        with pytest.raises(ConfigError, match=f"{tuned}: is a run's folder; its model is {tuned / 'model'}"):
            prepared(data, "smoke", tuned)

    def test_is_told_of_where_the_recipe_speaks_of_random_weights(self, data, tuned):
        def told(base=None, recipe="smoke"):
            found = prepared(data, recipe, base)
            return plan.describe(plan.plan(found, out=data.parent), found).splitlines()[1]

        line = f"Here it has the weights, the shape and the tokenizer of {tuned / 'model'} to begin with."
        assert told(tuned / "model") == told(tuned / "model", "lora-smoke") == line
        assert told() == "6 records to learn from, 0 held out."

    def test_of_other_sizes_is_refused(self, data, tuned):
        with pytest.raises(ConfigError, match="has not the sizes of pythia-70m"):
            prepared(data, "pythia-70m", tuned / "model")


class TestMemory:
    @pytest.mark.parametrize(
        ("overrides", "gigabytes"),
        [
            ({"precision": "fp32", "optimizer": "adamw"}, 189.5),
            ({}, 95.5),
            ({"in_backward": 1, "clipping": "previous-step"}, 71.8),
            ({"optimizer": "stochastic"}, 71.8),
            ({"optimizer": "stochastic", "in_backward": 1, "clipping": "previous-step"}, 48.1),
        ],
    )
    def test_of_dollys_12b_is_what_its_bytes_a_parameter_make(self, overrides, gigabytes):
        """16, 8.06, 6.06, 6.06 and 4.06 bytes; an embedding's gradient and what is moving take another per cent."""
        found = needed(RECIPES["dolly-v2-12b"], **overrides)
        assert found.state / GB == pytest.approx(gigabytes, rel=0.02)

    def test_of_its_adapter_is_that_of_its_16_bit_weights(self):
        assert needed(RECIPES["lora-dolly-v2-12b"]).state / GB == pytest.approx(23.7, rel=0.04)

    @pytest.mark.parametrize(("recompute", "gigabytes"), [("none", 25.7), ("selective", 14.3), ("full", 2.2)])
    def test_of_4096_tokens_is_34_18_or_2_bytes_a_layer_and_unit_of_width(self, recompute, gigabytes):
        """And one layer whole, 0.7 GB, where something is computed again. No logits here."""
        found = needed(RECIPES["dolly-v2-12b"], Row(tokens=4096, targets=0), recompute=recompute)
        assert found.activations / GB == pytest.approx(gigabytes, rel=0.02)

    @given(
        layers=st.integers(16, 48),
        tokens=st.integers(1, 10_000),
        architecture=st.sampled_from(ARCHITECTURES),
    )
    def test_shrinks_with_every_step_of_saving(self, layers, tokens, architecture):
        shape = Shape(layers, 2048, 16, 8192, 50304, architecture)
        steps = [
            {},
            {"recompute": "selective"},
            {"recompute": "full"},
            {"recompute": "full", "precision": "bf16", "optimizer": "split-8bit"},
            plan.SAVINGS[-2],
            plan.SAVINGS[-1],
        ]
        totals = [
            memory.needed(
                shape,
                settings_of(RECIPES["smoke"], step),
                Row(tokens, tokens),
                logits_at_once=500_000_000,
                on_gpu=False,
            ).total
            for step in steps
        ]
        assert totals == sorted(totals, reverse=True)


class TestWhatLearns:
    @pytest.mark.parametrize("rank", [1, 4])
    @pytest.mark.parametrize("architecture", ARCHITECTURES)
    def test_is_counted_as_the_adapter_has_it(self, architecture, rank, data):
        shape = Shape(2, 32, 2, 64, 320, architecture)
        tokenizer = prepared(data).tokenizer
        model = models.fresh(shape, tokenizer=tokenizer, seed=1)
        lora.adapt(model, rank=rank, alpha=1, ids=[1, 2, 3], seed=1)
        learning = sum(value.numel() for value in model.parameters() if value.requires_grad)
        settings = settings_of(RECIPES["lora-smoke"], {"lora_rank": rank})
        assert memory.learning_parameters(shape, settings) == learning


class TestAPlan:
    def test_names_what_is_not_as_the_recipe_has_it(self, data):
        found = prepared(data, epochs=3, recompute="full")
        told = plan.describe(plan.plan(found, out=data.parent), found)
        assert "Other than the recipe has it: epochs=3, recompute=full." in told.splitlines()

    @pytest.mark.parametrize(
        ("clipping", "says"), [("global", "as Dolly clips them"), ("previous-step", "not faithful")]
    )
    def test_calls_no_clipping_faithful_but_the_global_one(self, clipping, says, data):
        found = prepared(data, clipping=clipping)
        assert says in plan.describe(plan.plan(found, out=data.parent), found)

    def test_that_does_not_fit_says_what_would(self, data, monkeypatch):
        """What Dolly's 12b lacks on one GPU of 80 GB, and on one of 40."""
        found = prepared(data, "dolly-v2-12b", init="random")
        for free, ways in {
            80: "--set recompute=full --set in_backward=1 --set clipping=previous-step, or with --recipe lora-dolly-v2-12b --set recompute=full",
            40: "--recipe lora-dolly-v2-12b --set recompute=full",
        }.items():
            monkeypatch.setattr(machines, "memory_free_bytes", lambda free=free: int(free * GB))
            refused = plan.plan(found, out=data.parent)
            assert not refused.fits
            assert plan.refusal(refused) == f"It does not fit the memory. It would with {ways}."

    def test_of_an_adapter_that_does_not_fit_says_what_would(self, data, monkeypatch):
        monkeypatch.setattr(machines, "memory_free_bytes", lambda: int(26 * GB))
        refused = plan.plan(
            prepared(data, "lora-dolly-v2-12b", init="random", recompute="none"), out=data.parent
        )
        assert plan.refusal(refused) == "It does not fit the memory. It would with --set recompute=full."

    def test_of_several_processes_takes_each_a_share(self, data, monkeypatch):
        alone = plan.plan(prepared(data, "pythia-1b", init="random"), out=data.parent)
        monkeypatch.setenv("WORLD_SIZE", "2")
        shared = plan.plan(prepared(data, "pythia-1b", init="random"), out=data.parent)
        assert shared.state_bytes == alone.state_bytes // 2
        assert shared.activation_bytes == alone.activation_bytes

    def test_that_nothing_makes_fit_says_so(self, data, monkeypatch):
        monkeypatch.setattr(machines, "memory_free_bytes", lambda: 1000)
        refused = plan.plan(prepared(data), out=data.parent)
        assert "No setting would make it" in plan.refusal(refused)

    def test_counts_what_its_largest_row_holds(self, data):
        """What all records of a row open with is there once."""
        found = prepared(data, batch_records=len(ROWS))
        row = row_of(found.training)
        assert row.ids.shape[1] < sum(map(len, found.training)) < found.settings["max_length"]
        held = Row(tokens=row.ids.shape[1], targets=len(row.targets))
        expected = memory.needed(
            found.shape, found.settings, held, logits_at_once=LOGIT_BYTES, on_gpu=False
        ).activations
        assert plan.plan(found, out=data.parent).activation_bytes == expected

    def test_takes_longer_with_every_layer_computed_again_and_less_for_an_adapter(self, data):
        once, again = (
            plan.plan(prepared(data, "pythia-1b", init="random", **recompute), out=data.parent).seconds
            for recompute in ({}, {"recompute": "full"})
        )
        adapter = plan.plan(prepared(data, "lora-pythia-1b", init="random"), out=data.parent).seconds
        assert adapter < once < again

    def test_takes_the_time_of_its_products_of_matrices(self, data, monkeypatch):
        """Counted while torch takes the steps; attention, which the processor's kernel counts nowhere, is left out."""
        flops_a_second = 1e6
        monkeypatch.setattr(machines, "FLOPS_A_THREAD", flops_a_second)
        found = prepared(data, epochs=1, threads=1, device="cpu")
        planned = plan.plan(found, out=data.parent)
        begun = engine.start(found, ranks=ALONE)
        schedule = Schedule.of(found.settings, steps=found.steps)
        with FlopCounterMode(display=False) as counter:
            for _ in train(
                begun.learner,
                begun.update,
                found.training,
                schedule=schedule,
                settings=found.settings,
                done=0,
            ):
                pass
        working = planned.seconds - plan.START_SECONDS - planned.steps * plan.STEP_SECONDS
        assert working * flops_a_second == pytest.approx(counter.get_total_flops(), rel=0.02)


class TestAMachine:
    @pytest.mark.skipif(machines.choose_device("auto").type == "cuda", reason="a GPU is here")
    def test_without_a_gpu_refuses_one(self, data):
        with pytest.raises(ConfigError) as caught:
            plan.plan(prepared(data, device="cuda"), out=data.parent)
        assert caught.value.key == "device"
        assert machines.choose_device("auto").type == "cpu"

    def test_of_a_known_name_has_its_speed_and_others_none(self):
        assert machines.gpu_flops("NVIDIA H100 80GB HBM3", precision="bf16") == pytest.approx(
            396e12, rel=0.01
        )
        assert machines.gpu_flops("NVIDIA H100 80GB HBM3", precision="fp32") < 30e12
        assert machines.gpu_flops("Voodoo 3", precision="bf16") is None
