"""What the cards of a dataset and of a model claim of who wrote the records, in which language, and who looked at them."""

import pytest
from huggingface_hub import DatasetCard, ModelCard

from exports.domain.derived import Plan
from exports.domain.quality import PATH
from exports.domain.release import Choice
from exports.services import model_card
from exports.services.derived import derive
from exports.services.release_folder import place
from tests.support.damage import problems_of, rewrite
from tests.support.factories import make_source, make_submission
from tests.support.judging import make_model
from tests.support.releases import make_approved, make_release

pytestmark = pytest.mark.django_db

RESEARCH = Choice(profile="research")
GERMAN = "Die Mauersegler schlafen in der Luft, weil sie dort vor ihren Feinden sicher sind, und kommen nur zum Brüten herunter."


@pytest.fixture
def of_a_model(folders):
    """Three German records that a model wrote, under a licence that forbids commercial use."""
    source = make_source("alpaca", licence="CC-BY-NC-4.0", origin="model")
    for number in range(3):
        question = f"Warum schlafen die Mauersegler eigentlich in der Luft und nicht im Nest? ({number})"
        make_submission(source=source, state="approved", instruction=question, response=GERMAN)


def card(version="1.0.0"):
    return (place(version) / "README.md").read_text()


def headline(text):
    """The words between the title and the first heading, without the example of how to load it."""
    return text.split("\n# ", 1)[1].partition("\n\n")[2].split("\n\n```", 1)[0].split("\n\n## ", 1)[0]


class TestTheDatasetCard:
    def test_of_a_models_texts_claims_no_people(self, of_a_model):
        make_release(choice=RESEARCH)
        assert headline(card()) == (
            "3 instruction/response pairs in dolly-15k's format: all taken over from other datasets. Machines checked each "
            "of them; reviewers here approved none of them.\n\n"
            "**For research.** It holds what no commercial release takes: 3 of origin model, 3 under CC-BY-NC-4.0."
        )
        assert "No reviewer here decided on any" in card()

    def test_of_what_people_wrote_and_reviewed_says_so(self, contributions):
        make_release()
        assert headline(card()) == (
            "3 instruction/response pairs in dolly-15k's format: all written by people for this dataset. Machines checked "
            "each of them; reviewers here approved all of them."
        )

    def test_of_both_counts_them(self, contributions, of_a_model):
        make_release("1.0.0", Choice(without_sources=("alpaca",)))
        make_release("1.1.0", RESEARCH)
        assert headline(card("1.1.0")) == (
            "6 instruction/response pairs in dolly-15k's format: 3 written by people for this dataset, 3 taken over from "
            "other datasets. Machines checked each of them; reviewers here approved 3 of them. It follows release 1.0.0.\n\n"
            "**For research.** It holds what no commercial release takes: 3 of origin model, 3 under CC-BY-NC-4.0."
        )

    def test_lists_what_research_let_in_by_name(self, folders, adam):
        for name, licence, origin in (("z", "CC-BY-ND-4.0", "unknown"), ("a", "CC-BY-NC-4.0", "model")):
            make_submission(source=make_source(name, licence=licence, origin=origin), state="approved")
        run = make_model(make_release(choice=RESEARCH), adam)
        run.release.refresh_from_db()
        listed = "1 of origin model, 1 of origin unknown, 1 under CC-BY-NC-4.0, 1 under CC-BY-ND-4.0."
        assert listed in card()
        assert listed in model_card.render(run)

    def test_for_research_without_such_records_still_says_that_it_is(self, contributions):
        make_release(choice=RESEARCH)
        assert headline(card()).endswith(
            "**For research.** Its records were not held to what a commercial release asks of them."
        )

    def test_verifies_with_every_word(self, contributions, of_a_model):
        make_release(choice=RESEARCH)
        assert problems_of(place("1.0.0")) == []
        rewrite(place("1.0.0"), "README.md", lambda text: text.replace(b"approved 3 of", b"approved all of"))
        (problem,) = problems_of(place("1.0.0"))
        assert problem.startswith("README.md is not what these records and figures give")


class TestTheLanguages:
    def test_are_those_of_the_records(self, of_a_model):
        make_release(choice=RESEARCH)
        assert DatasetCard(card()).data.language == ["de"]

    def test_stand_with_the_most_frequent_first(self, of_a_model, alice, rita):
        for _ in range(4):
            make_approved(alice, rita)
        make_release(choice=RESEARCH)
        assert DatasetCard(card()).data.language == ["en", "de"]

    def test_leave_out_what_one_record_in_twenty_may_be_by_mistake(self, alice, rita):
        make_approved(alice, rita, instruction="Warum?", response=GERMAN)
        for _ in range(20):
            make_approved(alice, rita)
        release = make_release()
        assert release.counts["languages"] == {"de": 1, "en": 20}
        assert DatasetCard(card()).data.language == ["en"]

    def test_are_not_claimed_where_none_could_be_told(self, alice, rita):
        make_approved(alice, rita, instruction="Why?", response="So.")
        make_release()
        assert "language" not in DatasetCard(card()).data.to_dict()

    def test_are_those_of_the_derived_folder_too(self, of_a_model, tmp_path):
        derive(make_release(choice=RESEARCH), tmp_path / "out", Plan(formats=("alpaca",)))
        assert DatasetCard.load(tmp_path / "out/README.md").data.language == ["de"]

    def test_are_the_same_in_manifest_and_figures(self, contributions):
        make_release()
        rewrite(place("1.0.0"), PATH, lambda told: told.replace(b'"en": 3', b'"fr": 3'))
        assert problems_of(place("1.0.0")) == [f"manifest.json states other languages than {PATH}"]


class TestTheModelCard:
    def limits(self, run):
        return model_card.render(run).split("\n## Limits\n\n", 1)[1].split("\n\n## ", 1)[0].splitlines()

    def test_of_a_models_texts_claims_no_people(self, of_a_model, adam):
        run = make_model(make_release(choice=RESEARCH), adam)
        assert headline(model_card.render(run)).startswith(
            "A language model trained from random weights to follow instructions on release 1.0.0 of a dataset: 3 "
            "instruction/response pairs, all taken over from other datasets. Machines checked each of them; reviewers here "
            "approved none of them. **For research**: the data holds what no commercial release takes, 3 of origin model, 3 "
            "under CC-BY-NC-4.0. The model was trained on nothing else"
        )
        assert self.limits(run)[1:] == [
            "- It answers each question by itself and remembers nothing. What it learned from is, as far as can be told, in `de`.",
            "- It repeats what it learned: the views, mistakes and gaps of whoever wrote the data, models among them.",
            "- Nothing was done to keep it from harmful answers, and nobody here reviewed its data.",
        ]
        assert ModelCard(model_card.render(run)).data.language == ["de"]

    def test_of_what_people_wrote_and_reviewed_says_so(self, contributions, adam):
        run = make_model(make_release(), adam)
        assert "all written by people for this dataset" in headline(model_card.render(run))
        assert self.limits(run)[1:] == [
            "- It answers each question by itself and remembers nothing. What it learned from is, as far as can be told, in `en`.",
            "- It repeats what it learned: the views, mistakes and gaps of whoever wrote the data.",
            "- Nothing was done to keep it from harmful answers beyond the review of 3 of the 3 records.",
        ]
