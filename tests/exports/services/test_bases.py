import pytest

from exports.services import bases
from tests.support.runs import make_base
from training.config import ConfigError, settings_of
from training.recipes import RECIPES


@pytest.fixture
def kept(folders):
    """The folder of bases, which is not there yet."""
    return folders / "bases"


def choose(recipe="pythia-70m", name="", **overrides):
    found = RECIPES[recipe]
    base = bases.choose(found, settings_of(found, overrides), name=name)
    return base and base.name


def refusal(*args, **options):
    with pytest.raises(ConfigError) as refused:
        choose(*args, **options)
    assert refused.value.key == "base"
    return str(refused.value)


class TestTheSurvey:
    def test_names_each_base_with_its_licence_in_spdxs_spelling(self, kept):
        make_base(kept, "pythia-70m@two", licence="apache-2.0")
        make_base(kept, "pythia-70m@one", licence="mit")
        make_base(kept, "mine@three", licence="my-own-1.0")
        found = bases.survey()
        assert [(base.name, base.licence) for base in found.bases] == [
            ("mine@three", "my-own-1.0"),
            ("pythia-70m@one", "MIT"),
            ("pythia-70m@two", "Apache-2.0"),
        ]
        assert found.refused == {}

    def test_is_empty_where_there_is_no_folder(self, kept):
        assert bases.survey() == bases.Survey([], {})

    @pytest.mark.parametrize("name", ["pythia-70m", ".new@1", "a b@1", "@1", "pythia@", "a@1@2"])
    def test_passes_over_what_is_named_otherwise(self, kept, name):
        make_base(kept, name)
        assert bases.survey() == bases.Survey([], {})

    @pytest.mark.parametrize(
        "licence", [None, "unknown", "other", "NOASSERTION", "[mit, apache-2.0]", "x" * 65]
    )
    def test_refuses_a_base_whose_licence_is_not_stated(self, kept, licence):
        make_base(kept, licence=licence)
        assert bases.survey().refused == {
            "pythia-70m@a39f36b": "pythia-70m@a39f36b: no licence is stated; its README.md must begin with a model"
            " card's front matter."
        }

    def test_refuses_weights_that_are_not_safetensors_without_telling_where_the_folder_is(self, kept):
        path = make_base(kept)
        (path / "model.safetensors").rename(path / "pytorch_model.bin")
        found = bases.survey()
        assert (found.bases, list(found.refused)) == ([], ["pythia-70m@a39f36b"])
        assert found.refused["pythia-70m@a39f36b"].startswith(
            "pythia-70m@a39f36b: holds no model; model.safetensors"
        )

    def test_refuses_another_architecture(self, kept):
        make_base(kept, model_type="llama")
        assert "'llama'" in bases.survey().refused["pythia-70m@a39f36b"]

    def test_tells_what_is_not_for_commerce(self, kept):
        make_base(kept, "a@1", licence="cc-by-nc-4.0")
        make_base(kept, "b@1", licence="mit")
        assert [base.is_commercial for base in bases.survey().bases] == [False, True]


class TestTheChoice:
    def test_is_the_recipes_own(self, kept):
        make_base(kept)
        make_base(kept, "mine@1")
        assert choose() == "pythia-70m@a39f36b"
        assert choose("lora-pythia-70m") == "pythia-70m@a39f36b"

    @pytest.mark.parametrize("recipe", [name for name, recipe in RECIPES.items() if recipe.base])
    def test_is_found_for_every_recipe_of_the_table(self, kept, recipe):
        found = RECIPES[recipe]
        shape = found.shape
        gptj = {
            "n_layer": shape.num_hidden_layers,
            "n_embd": shape.hidden_size,
            "n_head": shape.num_attention_heads,
        }
        neox = {
            key: getattr(shape, key)
            for key in (
                "num_hidden_layers",
                "hidden_size",
                "num_attention_heads",
                "intermediate_size",
                "vocab_size",
            )
        }
        name = f"{found.base.rpartition('/')[2]}@main"
        make_base(kept, name, model_type=shape.architecture, **neox, **gptj)
        assert choose(recipe) == name

    def test_is_none_for_a_recipe_that_needs_none(self, kept):
        make_base(kept)
        assert choose("smoke") is None

    def test_is_none_for_random_weights(self, kept):
        make_base(kept)
        assert choose(init="random") is None

    def test_is_what_was_asked_for(self, kept):
        make_base(kept)
        make_base(kept, "mine@1")
        assert choose(name="mine@1") == "mine@1"
        assert choose("smoke", name="mine@1") == "mine@1"

    def test_of_one_among_several_revisions_is_asked_back(self, kept):
        make_base(kept, "pythia-70m@one")
        make_base(kept, "pythia-70m@two")
        assert refusal() == "Say which base: pythia-70m@one, pythia-70m@two."
        assert choose(name="pythia-70m@two") == "pythia-70m@two"

    def test_of_a_base_that_is_not_kept_says_which_one_it_would_be(self, kept):
        assert refusal() == (
            "pythia-70m starts from EleutherAI/pythia-70m, which this site does not keep; init=random tries it out."
        )

    def test_of_an_adapter_without_a_base_of_its_own_is_asked_back(self, kept):
        make_base(kept)
        assert refusal("lora-smoke") == "lora-smoke needs a base: say which."
        assert choose("lora-smoke", name="pythia-70m@a39f36b") == "pythia-70m@a39f36b"

    def test_of_another_size_is_refused(self, kept):
        make_base(kept, hidden_size=768)
        assert refusal(name="pythia-70m@a39f36b") == "pythia-70m@a39f36b has not the sizes of pythia-70m."

    def test_with_another_padding_of_the_vocabulary_is_taken(self, kept):
        make_base(kept, vocab_size=50688)
        assert choose() == "pythia-70m@a39f36b"

    @pytest.mark.parametrize(
        "name", ["/etc", "../runs", "pythia-70m@a39f36b/", "./pythia-70m@a39f36b", "nope@1"]
    )
    def test_of_anything_else_is_refused_whatever_lies_there(self, kept, name):
        make_base(kept)
        assert refusal(name=name) == f"This site keeps no base {name!r}."

    def test_of_a_base_that_cannot_be_used_says_why(self, kept):
        make_base(kept, licence=None)
        assert "no licence is stated" in refusal(name="pythia-70m@a39f36b")
