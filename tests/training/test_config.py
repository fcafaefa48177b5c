import pytest

from training.config import SETTINGS, ConfigError, RunConfig, parse_setting
from training.recipes import RECIPES

ASKED = {"schema": 1, "recipe": "smoke", "data": "data.jsonl", "out": "run"}


class TestAConfiguration:
    def test_returns_as_it_came(self):
        config = RunConfig.from_dict({**ASKED, "overrides": {"epochs": 3}})
        assert RunConfig.from_dict(config.to_dict()) == config

    def test_overrides_its_recipe(self):
        settings = RunConfig.from_dict({**ASKED, "overrides": {"learning_rate": 1}}).settings
        assert settings == {**RECIPES["smoke"].settings, "learning_rate": 1.0}

    @pytest.mark.parametrize(
        ("change", "key"),
        [
            ({"colour": "red"}, "colour"),
            ({"schema": 2}, "schema"),
            ({"schema": True}, "schema"),
            ({"recipe": "big"}, "recipe"),
            ({"recipe": ["smoke"]}, "recipe"),
            ({"recipe": "pythia-70m"}, "base"),
            ({"data": ""}, "data"),
            ({"out": 7}, "out"),
            ({"base": ""}, "base"),
            ({"data_sha256": 7}, "data_sha256"),
            ({"overrides": [1]}, "overrides"),
            ({"overrides": {"colour": 1}}, "colour"),
            ({"overrides": {"epochs": 0}}, "epochs"),
            ({"overrides": {"epochs": 2.0}}, "epochs"),
            ({"overrides": {"epochs": True}}, "epochs"),
            ({"overrides": {"epochs": "2"}}, "epochs"),
            ({"overrides": {"learning_rate": float("nan")}}, "learning_rate"),
            ({"overrides": {"schedule": "linear"}}, "schedule"),
            ({"overrides": {"schedule": 1}}, "schedule"),
            ({"overrides": {"in_backward": 2}}, "in_backward"),
        ],
    )
    def test_that_cannot_be_used_names_the_key(self, change, key):
        with pytest.raises(ConfigError) as caught:
            RunConfig.from_dict({**ASKED, **change})
        assert caught.value.key == key

    @pytest.mark.parametrize("key", ASKED)
    def test_with_a_key_missing_names_it(self, key):
        with pytest.raises(ConfigError) as caught:
            RunConfig.from_dict({name: value for name, value in ASKED.items() if name != key})
        assert caught.value.key == key

    def test_that_is_no_object_is_refused(self):
        with pytest.raises(ConfigError):
            RunConfig.from_dict([ASKED])


class TestASettingOfTheCommandLine:
    def test_becomes_a_number(self):
        assert parse_setting("learning_rate=5e-6") == ("learning_rate", 5e-6)
        assert parse_setting("epochs=3") == ("epochs", 3)

    def test_becomes_a_word(self):
        assert parse_setting("optimizer=split-8bit") == ("optimizer", "split-8bit")

    @pytest.mark.parametrize(
        "text", ["epochs", "epochs=", "epochs=many", "epochs=1.5", "colour=1", "seed=-1", "optimizer=sgd"]
    )
    def test_that_is_wrong_is_refused(self, text):
        with pytest.raises(ConfigError):
            parse_setting(text)


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_a_refusal_says_what_a_setting_may_be(setting):
    with pytest.raises(
        ConfigError, match="key: must be (one of|a number from|a whole number from) .*, not None"
    ):
        setting.check("key", None)
