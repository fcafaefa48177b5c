from datetime import timedelta

import pytest
from django.urls import reverse

from exports.models import Comparison, Judgement
from exports.services import judging
from tests.support.factories import NOW
from tests.support.judging import make_comparison, make_judgement, make_model, make_release
from tests.support.pages import text_of
from tests.support.runs import make_run

LIST = "/judging/"


@pytest.fixture
def release(alice, folders):
    return make_release(alice, records=3)


@pytest.fixture
def tuned(release, adam):
    return make_model(release, adam, held_out=[1, 2, 3], base="tiny@1")


@pytest.fixture
def comparison(tuned, adam):
    return make_comparison(tuned, adam, opened_at=NOW)


def url(comparison, name="comparison"):
    return reverse(f"exports:{name}", args=[comparison.public_id])


def compare_url(run):
    return reverse("exports:model-compare", args=[run.public_id])


class TestAskingForOne:
    def test_starts_it_with_a_seed_of_its_own(self, client, tuned, adam):
        client.force_login(adam)
        for _ in range(2):
            response = client.post(compare_url(tuned), {"against": "base", "count": "2"})
            assert (response.status_code, response.url) == (
                302,
                url(Comparison.objects.newest_first().first()),
            )
        assert len(set(Comparison.objects.values_list("seed", flat=True))) == 2
        assert Comparison.objects.first().pairings.count() == 2

    def test_offers_the_other_models_that_held_records_out(self, client, tuned, release, adam):
        other = make_model(release, adam, held_out=[2])
        make_model(release, adam)
        client.force_login(adam)
        form = client.get(reverse("exports:model", args=[tuned.public_id])).context["form"]
        assert [key for key, _name in form.fields["against"].choices] == ["base", str(other.public_id)]
        client.post(compare_url(tuned), {"against": str(other.public_id), "count": "20"})
        assert Comparison.objects.get().against == other

    @pytest.mark.parametrize(
        "fields",
        [
            {"against": "base", "count": "0"},
            {"against": "base", "count": "201"},
            {"against": "nobody", "count": "2"},
        ],
    )
    def test_says_what_is_wrong(self, client, tuned, adam, fields):
        client.force_login(adam)
        response = client.post(compare_url(tuned), fields)
        assert (response.status_code, len(response.context["form"].errors)) == (400, 1)
        assert Comparison.objects.count() == 0

    def test_says_why_there_is_nothing_to_ask(self, client, release, adam):
        run = make_model(release, adam, held_out=[9], base="tiny@1")
        client.force_login(adam)
        response = client.post(compare_url(run), {"against": "base", "count": "2"})
        assert (response.status_code, "nothing fair to ask" in text_of(response)) == (400, True)

    @pytest.mark.parametrize(("who", "status"), [("alice", 403), ("rita", 403)])
    def test_is_for_admins(self, client, tuned, people, who, status):
        client.force_login(getattr(people, who))
        assert client.post(compare_url(tuned), {"against": "base", "count": "2"}).status_code == status
        assert Comparison.objects.count() == 0


class TestJudging:
    def test_is_everybodys_who_is_signed_in(self, client, comparison, people):
        assert client.get(url(comparison)).url.startswith("/accounts/login/")
        for person in (people.alice, people.rita, people.adam):
            client.force_login(person)
            assert "Which answer is better?" in text_of(client.get(url(comparison)))

    def test_shows_the_answers_in_this_persons_order_and_not_whose_they_are(self, client, comparison, bob):
        client.force_login(bob)
        page = text_of(client.get(url(comparison)))
        shown = judging.next_for(comparison, person=bob)
        assert page.index(shown.a.text) < page.index(shown.b.text)
        assert [word in page for word in ("tiny@1", "tuned", "base", comparison.run.name)] == [False] * 4

    def test_takes_one_judgement_after_the_other(self, client, comparison, bob):
        client.force_login(bob)
        for done in range(3):
            shown = judging.next_for(comparison, person=bob)
            assert f"{done} of 3" in text_of(client.get(url(comparison)))
            fields = {"pairing": str(shown.pairing.public_id), "choice": "tie"}
            assert client.post(url(comparison), fields).url == url(comparison)
        assert Judgement.objects.filter(person=bob, choice="tie").count() == 3
        assert "You have judged every question" in text_of(client.get(url(comparison)))

    def test_of_a_question_of_another_comparison_is_not_found(self, client, comparison, tuned, adam, bob):
        other = make_comparison(tuned, adam)
        client.force_login(bob)
        fields = {"pairing": str(other.pairings.first().public_id), "choice": "a"}
        assert client.post(url(comparison), fields).status_code == 404

    def test_of_nonsense_judges_nothing(self, client, comparison, bob):
        client.force_login(bob)
        client.post(url(comparison), {"pairing": "7", "choice": "c"})
        assert Judgement.objects.count() == 0

    def test_a_second_opinion_is_refused_in_words(self, client, comparison, bob):
        client.force_login(bob)
        pairing = judging.next_for(comparison, person=bob).pairing
        for choice in ("a", "b"):
            response = client.post(
                url(comparison), {"pairing": str(pairing.public_id), "choice": choice}, follow=True
            )
        assert "You have judged this question already." in text_of(response)

    def test_while_the_models_answer_is_the_admins_to_watch(self, client, tuned, adam, bob):
        comparison = make_comparison(tuned, adam, state="answering")
        client.force_login(adam)
        assert "6 of 6" in text_of(client.get(url(comparison)))
        client.force_login(bob)
        assert client.get(url(comparison)).status_code == 404

    def test_tells_a_watching_page_when_there_is_something_new(self, client, comparison, tuned, adam):
        failed = make_comparison(tuned, adam, state="failed", message="The base is gone.")
        client.force_login(adam)
        response = client.get(url(failed), headers={"HX-Request": "true"})
        assert (response.headers["HX-Refresh"], "The base is gone." in text_of(response)) == ("true", True)


class TestTheEnd:
    def test_is_an_admins_and_then_everybodys(self, client, comparison, adam, bob):
        for pairing in comparison.pairings.all():
            make_judgement(pairing, bob, "win")
        client.force_login(adam)
        before = client.get(url(comparison))
        assert "3 judgements by 1 person so far." in text_of(before)
        assert "outcome" not in before.context
        client.post(url(comparison, "comparison-close"))
        client.force_login(bob)
        page = text_of(client.get(url(comparison)))
        assert [
            part in page
            for part in (comparison.run.name, "against tiny@1", "100 %", "95 % interval 29 % to 100 %")
        ] == [True] * 4
        assert "No significant difference" in page

    def test_says_which_is_better_where_it_can_be_told(self, client, alice, folders, adam, bob):
        run = make_model(make_release(alice, records=8, version="2.0.0"), adam, base="tiny@1")
        for verdict, words in (("win", "Significantly better"), ("loss", "Significantly worse")):
            comparison = make_comparison(run, adam, state="closed", closed_at=NOW)
            for pairing in comparison.pairings.all():
                make_judgement(pairing, bob, verdict)
            client.force_login(bob)
            assert words in text_of(client.get(url(comparison)))

    def test_without_a_judgement_says_so(self, client, tuned, adam):
        comparison = make_comparison(tuned, adam, state="closed", closed_at=NOW)
        client.force_login(adam)
        assert "Nobody judged" in text_of(client.get(url(comparison)))

    def test_is_not_for_others_to_bring_about(self, client, comparison, rita):
        client.force_login(rita)
        assert client.post(url(comparison, "comparison-close")).status_code == 403
        assert Comparison.objects.get().state == "open"

    def test_comes_once(self, client, comparison, adam):
        client.force_login(adam)
        client.post(url(comparison, "comparison-close"))
        page = client.post(url(comparison, "comparison-close"), follow=True)
        assert "This comparison is over." in text_of(page)


class TestTheList:
    def test_shows_what_is_open_and_what_is_over(self, client, comparison, tuned, adam, bob):
        make_comparison(tuned, adam, state="closed", closed_at=NOW)
        make_comparison(tuned, adam, state="answering")
        make_judgement(comparison.pairings.first(), bob, "tie")
        client.force_login(bob)
        response = client.get(LIST)
        assert ([row[0] for row in response.context["rows"]], len(response.context["closed"])) == (
            [comparison],
            1,
        )
        assert "1 of 3" in text_of(response)

    def test_is_empty_at_first(self, client, alice):
        client.force_login(alice)
        assert "Nothing to judge yet" in text_of(client.get(LIST))

    def test_is_for_those_who_are_signed_in(self, client, db):
        assert client.get(LIST).url.startswith("/accounts/login/")

    @pytest.mark.parametrize("count", [1, 3])
    def test_takes_as_many_queries_for_many(
        self, client, tuned, release, adam, bob, django_assert_num_queries, count
    ):
        other = make_run(release, adam, state="succeeded")
        for number in range(count):
            moment = NOW + timedelta(minutes=number)
            make_comparison(tuned, adam, against=other, opened_at=moment)
            make_comparison(tuned, adam, state="closed", closed_at=moment)
        client.force_login(bob)
        with django_assert_num_queries(4):
            client.get(LIST)
