import pytest
from django.urls import reverse

from crowd.models import Job
from exports.models import Run
from tests.support.runs import make_base, make_release, make_run
from training.recipes import RECIPES

HTMX = {"HX-Request": "true"}


class TestANewRun:
    def post(self, client, **fields):
        return client.post(reverse("exports:run-new"), {"release": "1.0.0", "recipe": "smoke", **fields})

    def test_is_queued(self, client, release, adam):
        client.force_login(adam)
        response = self.post(client, max_steps="5", learning_rate="1e-3")
        run = Run.objects.get()
        assert (response.status_code, response.url) == (302, reverse("exports:run", args=[run.public_id]))
        assert (run.overrides, run.created_by) == ({"max_steps": 5, "learning_rate": 0.001}, adam)
        assert Job.objects.get().key == str(run.public_id)

    @pytest.mark.parametrize(
        ("fields", "field", "message"),
        [
            (
                {"max_steps": "5.5"},
                "max_steps",
                "must be a whole number from 1 to 1000000, not 5.5.",
            ),
            ({"seed": "<b>"}, "seed", "must be a whole number from 0 to 4294967295, not '<b>'."),
            (
                {"recipe": "pythia-70m"},
                "base",
                "pythia-70m starts from EleutherAI/pythia-70m, which this site does not keep; init=random tries it out.",
            ),
            (
                {"precision": "bf16"},
                "optimizer",
                ("adamw hardly moves weights of 16 bits; set optimizer=split-8bit, or precision=fp32."),
            ),
            ({"release": "9.9.9"}, "release", "There is no ready release of this version."),
        ],
    )
    def test_says_beside_the_field_what_is_wrong(self, client, release, adam, fields, field, message):
        client.force_login(adam)
        response = self.post(client, **fields)
        assert (response.status_code, response.context["form"].errors) == (400, {field: [message]})
        assert "<b>" not in response.content.decode()
        assert Run.objects.count() == 0

    def test_of_a_release_without_files_says_so(self, client, folders, adam):
        make_release()
        client.force_login(adam)
        assert self.post(client).context["form"].non_field_errors() == [
            "The files of release 1.0.0 are not in the data folder."
        ]

    def test_can_be_like_another(self, client, release, adam):
        earlier = make_run(release, adam, overrides={"max_steps": 7, "init": "random"}, base="pythia-70m@one")
        client.force_login(adam)
        form = client.get(reverse("exports:run-new"), {"like": str(earlier.public_id)}).context["form"]
        assert [form[name].value() for name in ("release", "base", "max_steps", "init")] == [
            "1.0.0", "pythia-70m@one", 7, "random",
        ]  # fmt: skip

    def test_like_nothing_is_a_plain_one(self, client, release, adam):
        client.force_login(adam)
        form = client.get(reverse("exports:run-new"), {"like": "x", "release": "1.0.0"}).context["form"]
        assert (form["release"].value(), form["recipe"].value()) == ("1.0.0", "smoke")

    def test_starts_from_a_base_of_the_sites(self, client, release, folders, adam):
        make_base(folders / "bases")
        client.force_login(adam)
        self.post(client, recipe="pythia-70m", init="", max_steps="100")
        assert Run.objects.values_list("recipe", "base", "overrides").get() == (
            "pythia-70m", "pythia-70m@a39f36b", {"max_steps": 100},
        )  # fmt: skip

    def test_offers_the_bases_with_their_licences_and_says_why_others_cannot_be_used(
        self, client, release, folders, adam
    ):
        make_base(folders / "bases", "a@1", licence="mit")
        make_base(folders / "bases", "b@1", licence="cc-by-nc-4.0")
        make_base(folders / "bases", "c@1", licence=None)
        client.force_login(adam)
        response = client.get(reverse("exports:run-new"))
        assert [label for _name, label in response.context["form"].fields["base"].choices] == [
            "The recipe's own, if it has one", "a@1 (MIT)", "b@1 (CC-BY-NC-4.0, not for commerce)",
        ]  # fmt: skip
        assert "c@1: no licence is stated" in response.content.decode()

    def test_offers_every_recipe_and_says_whose_base_is_missing(self, client, release, folders, adam):
        make_base(folders / "bases")
        client.force_login(adam)
        groups = client.get(reverse("exports:run-new")).context["form"].fields["recipe"].choices
        labels = {name: label for _title, group in groups for name, label in group}
        missing = {name for name, label in labels.items() if label.endswith(", whose base is not here")}
        assert set(labels) == set(RECIPES)
        assert missing == {
            name for name, recipe in RECIPES.items() if recipe.base not in {"", "EleutherAI/pythia-70m"}
        }

    def test_shows_the_settings_of_the_recipe_that_was_chosen_and_keeps_what_was_typed(
        self, client, release, adam
    ):
        client.force_login(adam)
        asked = {"recipe": "pythia-70m", "max_steps": "7"}
        response = client.get(reverse("exports:run-new"), asked, headers=HTMX)
        form = response.context["form"]
        assert (form["max_steps"].value(), form["seed"].value()) == ("7", None)
        assert form.fields["learning_rate"].widget.attrs["placeholder"] == "1e-05"
        text = response.content.decode()
        assert ("<form" in text, "It starts from EleutherAI/pythia-70m" in text) == (False, True)

    def test_needs_a_release(self, client, adam):
        client.force_login(adam)
        assert "No release is ready" in client.get(reverse("exports:run-new")).content.decode()
