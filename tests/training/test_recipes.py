"""Recipes: the files of the house, and what makes a file a recipe."""

import pytest

from training.config import SETTINGS, ConfigError, RunConfig, find_recipe, settings_of
from training.recipes import GPTJ, RECIPES, BrokenRecipe, Shape, load

# EleutherAI/pythia, README, "Models"; the last is EleutherAI/gpt-j-6b's card.
PARAMETERS = {
    "pythia-70m": 70_426_624,
    "pythia-160m": 162_322_944,
    "pythia-410m": 405_334_016,
    "pythia-1b": 1_011_781_632,
    "pythia-1.4b": 1_414_647_808,
    "dolly-v2-3b": 2_775_208_960,
    "dolly-v2-7b": 6_857_302_016,
    "dolly-v2-12b": 11_846_072_320,
    "dolly-v1-6b": 6_050_882_784,
}
DOLLY_V2 = [name for name in RECIPES if name.startswith("dolly-v2-")]
ROOT = """
[settings]
epochs = 2
lora_rank = 0
"""
SMALL = """
extends = "_root"
description = "Small."
base = ""
[shape]
num_hidden_layers = 1
hidden_size = 8
num_attention_heads = 1
intermediate_size = 16
vocab_size = 64
"""
LORA = """
description = "As LoRA."
[settings]
lora_rank = 4
"""


class TestTheHousesRecipes:
    def test_are_these_each_with_its_twin(self):
        plain = ["smoke", *sorted(PARAMETERS, key=lambda name: PARAMETERS[name])]
        assert list(RECIPES) == [*plain, *(f"lora-{name}" for name in plain)]

    @pytest.mark.parametrize(("name", "parameters"), PARAMETERS.items())
    def test_have_the_sizes_of_the_published_models(self, name, parameters):
        assert RECIPES[name].shape.parameters == RECIPES[f"lora-{name}"].shape.parameters == parameters

    @pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
    def test_fix_every_setting_in_a_way_that_holds_together(self, recipe):
        assert settings_of(recipe, {}) == recipe.settings
        assert set(recipe.settings) == set(SETTINGS)

    @pytest.mark.parametrize("name", DOLLY_V2)
    def test_of_dolly_v2_are_faithful(self, name):
        """databrickslabs/dolly, `train_dolly.py` and `config/`; 48 rows are 8 GPUs of 6."""
        settings = RECIPES[name].settings
        assert {key: settings[key] for key in ("learning_rate", "batch_records", "epochs", "warmup_steps")} == {
            "learning_rate": 5e-6, "batch_records": 48, "epochs": 2, "warmup_steps": 50,
        }  # fmt: skip
        assert {key: settings[key] for key in ("warmup", "schedule", "clipping", "clip_norm", "long_records")} == {
            "warmup": "logarithmic", "schedule": "constant", "clipping": "global", "clip_norm": 1.0,
            "long_records": "drop",
        }  # fmt: skip

    def test_of_dolly_v1_is_a_gptj_whose_texts_are_cut(self):
        recipe = RECIPES["dolly-v1-6b"]
        assert recipe.shape.architecture == GPTJ
        assert {key: recipe.settings[key] for key in ("learning_rate", "batch_records", "epochs")} == {
            "learning_rate": 1e-5, "batch_records": 64, "epochs": 1,
        }  # fmt: skip
        assert (recipe.settings["max_length"], recipe.settings["long_records"]) == (1024, "cut")

    def test_need_a_base_but_for_smoke(self):
        assert [name for name, recipe in RECIPES.items() if not recipe.needs_base] == ["smoke"]


class TestABase:
    def test_is_asked_for_where_it_is_needed(self):
        with pytest.raises(ConfigError, match="init=random") as caught:
            RunConfig(recipe="pythia-70m", data="d", out="o")
        assert caught.value.key == "base"

    def test_is_not_needed_for_random_weights(self):
        config = RunConfig(recipe="pythia-70m", data="d", out="o", overrides={"init": "random"})
        assert config.settings["init"] == "random"


class TestAFolderOfRecipes:
    @pytest.fixture
    def folder(self, tmp_path):
        for name, text in {"_root": ROOT, "small": SMALL, "_lora": LORA}.items():
            (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        return tmp_path

    def test_gives_each_file_and_its_twin(self, folder):
        found = load(folder)
        assert {name: dict(recipe.settings) for name, recipe in found.items()} == {
            "small": {"epochs": 2, "lora_rank": 0},
            "lora-small": {"epochs": 2, "lora_rank": 4},
        }
        assert found["small"].shape == Shape(1, 8, 1, 16, 64)
        assert found["lora-small"].description == "Small. As LoRA."

    def test_lets_a_file_say_only_what_differs(self, folder):
        other = 'extends = "small"\n[settings]\nepochs = 7\n'
        (folder / "other.toml").write_text(other, encoding="utf-8")
        found = load(folder)
        assert (found["other"].settings["epochs"], found["other"].shape) == (7, found["small"].shape)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("description =", "cannot be read"),
            ('extends = "nothing"', "extends 'nothing'"),
            ('extends = "broken"', "extends 'broken'"),
            ('extends = "_root"', "'shape'"),
            (SMALL + "colour = 1", "colour"),
            ('colour = "red"\n' + SMALL, "colour"),
        ],
    )
    def test_names_the_file_that_is_broken(self, text, says, folder):
        (folder / "broken.toml").write_text(text, encoding="utf-8")
        with pytest.raises(BrokenRecipe, match=says) as caught:
            load(folder)
        assert "broken.toml" in str(caught.value)


class TestSettingsTogether:
    @pytest.mark.parametrize(
        ("recipe", "overrides", "key"),
        [
            ("smoke", {"precision": "bf16"}, "optimizer"),
            ("smoke", {"optimizer": "stochastic"}, "optimizer"),
            ("smoke", {"in_backward": 1}, "in_backward"),
            ("lora-smoke", {"optimizer": "split-8bit", "precision": "bf16"}, "optimizer"),
        ],
    )
    def test_that_contradict_each_other_are_refused_by_name(self, recipe, overrides, key):
        with pytest.raises(ConfigError) as caught:
            settings_of(find_recipe(recipe), overrides)
        assert caught.value.key == key

    def test_that_agree_are_taken(self):
        asked = {
            "precision": "bf16",
            "optimizer": "stochastic",
            "in_backward": 1,
            "clipping": "previous-step",
        }
        assert {key: settings_of(find_recipe("smoke"), asked)[key] for key in asked} == asked
