import json

import pytest
from huggingface_hub import ModelCard

from crowd.services import events
from exports.domain.model_card import licence_of
from exports.models import Speaker
from exports.services import judging, model_card
from exports.services.run_files import RunFolder
from tests.support.factories import NOW, make_passage
from tests.support.judging import make_answer, make_comparison, make_judgement, make_model, make_release
from tests.support.releases import make_approved, take_back
from training.prompts import question_text

pytestmark = pytest.mark.django_db

EVALUATION = {
    "event": "evaluation",
    "step": 40,
    "records": 3,
    "tokens": 90,
    "loss": 2.25,
    "perplexity": 9.487735836,
    "bits_per_byte": 1.1,
    "categories": {"open_qa": {"records": 3, "loss": 2.25, "bits_per_byte": None}},
}


@pytest.fixture
def release(alice, folders):
    return make_release(alice)


@pytest.fixture
def tuned(release, adam):
    return make_model(
        release,
        adam,
        recipe="pythia-70m",
        base="pythia-70m@step143000",
        base_licence="Apache-2.0",
        overrides={"epochs": 1},
        held_out=[1, 2, 3],
    )


def tell(run, *events_, **identity):
    """Let the run's folder tell this."""
    folder = RunFolder(run).path
    (folder / "metrics.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events_))
    told = json.loads((folder / "run.json").read_text()) | identity
    (folder / "run.json").write_text(json.dumps(told))


def front_matter(run):
    return ModelCard(model_card.render(run)).data.to_dict()


def section(run, title):
    """The card's words under a heading."""
    return model_card.render(run).split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0].strip()


class TestTheFrontMatter:
    def test_is_the_hubs(self, tuned, release):
        found = front_matter(tuned)
        assert {key: found[key] for key in found if key != "run"} == {
            "license": "cc-by-sa-4.0",
            "language": ["en"],
            "library_name": "transformers",
            "pipeline_tag": "text-generation",
            "tags": ["instruction-tuning", "flock"],
            "datasets": ["flock-1.0.0"],
            "base_model": "EleutherAI/pythia-70m",
            "base_model_relation": "finetune",
        }
        assert found["run"] == {
            "id": str(tuned.public_id),
            "release": "1.0.0",
            "manifest_sha256": release.manifest_sha256,
            "data_sha256": tuned.data_sha256,
            "recipe": "pythia-70m",
            "seed": 42,
            "base": "pythia-70m@step143000",
            "base_licence": "Apache-2.0",
            "flock": "0.1.0",
        }

    def test_names_the_dataset_as_the_hub_does_once_it_is_there(self, tuned):
        data = {"repo_id": "org/pairs", "commit": "0" * 40, "endpoint": "https://hub"}
        events.record("release", "1.0.0", "push", now=NOW, data=data)
        assert front_matter(tuned)["datasets"] == ["org/pairs"]

    def test_has_no_base_where_the_weights_were_random(self, release, adam):
        assert "base_model" not in front_matter(make_model(release, adam))

    def test_holds_what_was_measured_as_the_hub_holds_results(self, tuned):
        tell(tuned, EVALUATION)
        results = ModelCard(model_card.render(tuned)).data.eval_results
        assert [(result.metric_type, result.metric_value) for result in results] == [
            ("loss", 2.25),
            ("perplexity", 9.487735836),
        ]


class TestTheLicence:
    @pytest.mark.parametrize(
        ("data", "base", "expected"),
        [
            ("CC-BY-SA-4.0", "Apache-2.0", "CC-BY-SA-4.0"),
            ("CC-BY-SA-3.0", "MIT", "CC-BY-SA-3.0"),
            ("CC-BY-SA-4.0", "", "CC-BY-SA-4.0"),
            ("CC-BY-SA-3.0", "CC-BY-4.0", "other"),
            ("CC-BY-SA-4.0", "CC-BY-NC-4.0", "other"),
            ("CC-BY-SA-4.0", "openrail", "other"),
            ("other", "Apache-2.0", "other"),
        ],
    )
    def test_is_the_datas_where_the_base_allows_it(self, data, base, expected):
        assert licence_of(data, base) == expected

    def test_of_a_base_that_allows_none_is_told_in_words(self, release, adam):
        run = make_model(release, adam, base="x@1", base_licence="CC-BY-NC-4.0")
        assert section(run, "Licence").startswith("No one licence is known to fit")


class TestTheWords:
    def test_warn_of_what_was_withdrawn(self, tuned, release):
        assert "Warning" not in model_card.render(tuned)
        take_back(release.records.first().submission)
        assert (
            "> **Warning.** Since release 1.0.0 was cut, 1 record was withdrawn. What a model has learned stays in it"
            in model_card.render(tuned)
        )

    def test_tell_every_setting_and_which_were_chosen(self, tuned):
        tell(tuned, settings={"epochs": 1, "learning_rate": 1e-5})
        assert section(tuned, "How it was trained").split("\n\n")[1].splitlines()[2:] == [
            "| `epochs` | 1 | chosen for this run |",
            "| `learning_rate` | 0.00001 |  |",
        ]

    def test_tell_the_figures_by_category(self, tuned):
        tell(tuned, EVALUATION, parameters=70_426_624)
        assert section(tuned, "Figures").splitlines() == [
            "| | |",
            "| --- | ---: |",
            "| Parameters | 70,426,624 |",
            "| Steps | 40 |",
            "| Tokens read | 12,345 |",
            "| Loss of the last step | 2.500 |",
            "",
            "On the records that were held out:",
            "",
            "| | Records | Tokens | Loss a token | Perplexity | Bits a byte |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
            "| `all` | 3 | 90 | 2.250 | 9.488 | 1.100 |",
            "| `open_qa` | 3 | – | 2.250 | – | – |",
        ]

    def test_say_where_nothing_was_held_out(self, release, adam):
        assert "This run held no records out" in section(make_model(release, adam), "Figures")

    def test_show_the_prompt_that_it_was_trained_on(self, tuned):
        assert question_text("{instruction}") in section(tuned, "How to ask it")

    def test_tell_what_people_found_once_judging_is_over(self, tuned, adam, bob):
        comparison = make_comparison(tuned, adam)
        for pairing in comparison.pairings.all():
            make_judgement(pairing, bob, "win")
        assert section(tuned, "What people found") == "Nobody has judged its answers yet."
        judging.close(comparison, person=adam, now=NOW)
        assert section(tuned, "What people found").endswith(
            "Most of a question's judges preferred this model on 8, the other on 0, neither on 0. Win rate where there "
            "was a preference: 100%, 95% interval 63% to 100% (Clopper and Pearson's, over the questions): "
            "**significantly better**."
        )

    def test_claim_no_difference_where_even_odds_are_possible(self, tuned, adam, bob):
        comparison = make_comparison(tuned, adam)
        for pairing, found in zip(comparison.pairings.all(), ["win"] * 5 + ["loss"] * 3, strict=True):
            make_judgement(pairing, bob, found)
        judging.close(comparison, person=adam, now=NOW)
        assert section(tuned, "What people found").endswith("**no significant difference**.")


class TestTheSamples:
    def test_stand_as_they_are_whatever_they_hold(self, alice, folders, adam):
        passage = make_passage("A ``` fence.\n---\n# No heading")
        make_approved(alice, category="closed_qa", passage=passage, instruction="<b>Why?</b>")
        run = make_model(make_release(alice, records=0), adam, held_out=[1])
        make_answer(run, run.release.records.get(), "````\n| a | b |")
        assert section(run, "Sample answers").splitlines() == [
            "Category `closed_qa`, a record that was held out.",
            "",
            "```text",
            "<b>Why?</b>",
            "```",
            "",
            "With this text:",
            "",
            "````text",
            "A ``` fence.",
            "---",
            "# No heading",
            "````",
            "",
            "It answers:",
            "",
            "`````text",
            "````",
            "| a | b |",
            "`````",
        ]

    def test_are_the_tuned_models(self, tuned, release):
        record = release.records.get(position=5)
        make_answer(tuned, record, "The base's own.", speaker=Speaker.BASE)
        assert section(tuned, "Sample answers") == "None were taken."
        make_answer(tuned, record, "Learned by heart.")
        found = section(tuned, "Sample answers")
        assert ("a record that it learned from" in found, "Learned by heart." in found) == (True, True)
