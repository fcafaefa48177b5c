import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crowd.models import Contest, ContestCategory, PointEntry
from tests.support.factories import make_submission
from tests.support.pages import text_of

pytestmark = pytest.mark.django_db
PAGE = reverse("crowd:contest")


def give_points(submission, amount=10):
    version = submission.current_version
    PointEntry.objects.create(
        person=submission.author,
        contest=submission.contest,
        category=version.category,
        submission=submission,
        version=version,
        amount=amount,
        reason="approved",
        created_at=submission.created_at,
    )


class TestPasserBy:
    def test_sees_the_seven_categories(self, browse):
        page = browse().get(PAGE)
        names = [category.name for category in page.context["categories"]]
        assert names == list(
            ContestCategory.objects.filter(is_on=True).values_list("category__name", flat=True)
        )
        assert len(names) == 7

    def test_sees_nobodys_name(self, browse, alice, bob):
        give_points(make_submission(alice, state="approved"))
        assert "Alice" not in text_of(browse().get(PAGE))
        assert "Alice" in text_of(browse(bob).get(PAGE))

    def test_is_asked_to_sign_in(self, browse):
        page = browse().get(PAGE)
        assert "Sign in to write" in text_of(page)
        assert "Write one" not in text_of(page)


class TestProgress:
    def test_counts_what_is_approved(self, browse, alice, bob):
        make_submission(alice, state="approved")
        make_submission(alice, state="in_review")
        open_question = browse(bob).get(PAGE).context["categories"][0]
        assert (open_question.approved, open_question.in_progress) == (1, 1)

    @pytest.mark.parametrize(
        ("left", "words"),
        [
            ({"days": 9, "hours": 5}, ("days", "9")),
            ({"days": 1, "hours": 1}, ("day", "1")),
            ({"hours": 5, "minutes": 30}, ("hours", "5")),
            ({"minutes": 30, "seconds": 30}, ("minutes", "30")),
            ({"seconds": 30}, ("minute", "1")),
        ],
    )
    def test_says_how_long_there_is_to_write(self, browse, left, words):
        Contest.objects.update(ends_at=timezone.now() + timedelta(**left))
        page = text_of(browse().get(PAGE))
        assert re.search(r"(\w+) left to write · until [^:]+:\d\d UTC (\d+)", page).groups() == words

    def test_closed_contest_offers_no_writing(self, browse, alice):
        Contest.objects.update(state="frozen")
        page = text_of(browse(alice).get(PAGE))
        assert "Write one" not in page
        assert "does not take new pairs" in page

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"state": "final"}, "The contest is over."),
            ({"state": "frozen"}, "does not take new pairs at the moment"),
            ({"starts_at": timezone.now() + timedelta(days=1)}, "has not begun yet"),
            ({"ends_at": timezone.now() - timedelta(days=1)}, "The time to write is over."),
        ],
    )
    def test_says_why_nothing_can_be_written(self, browse, fields, words):
        Contest.objects.update(**fields)
        page = text_of(browse().get(PAGE))
        assert words in page
        assert "Sign in to write" not in page

    def test_days_are_the_contests_own(self, browse):
        newyear = datetime(2099, 1, 1, 4, tzinfo=UTC)  # still the old year in New York
        Contest.objects.update(
            starts_at=newyear - timedelta(days=365 * 80), ends_at=newyear, time_zone="America/New_York"
        )
        page = text_of(browse().get(PAGE))
        assert "to 31 December 2098" in page
        assert "until 31 Dec, 23:00 EST" in page

    def test_leads_an_admin_alone_to_its_settings(self, browse, alice, adam):
        settings = reverse("admin:crowd_contest_change", args=[Contest.objects.get().pk])
        assert settings in browse(adam).get(PAGE).text
        assert settings not in browse(alice).get(PAGE).text
        assert browse(adam).get(settings).status_code == 200

    def test_leads_an_admin_to_a_first_contest(self, browse, adam):
        ContestCategory.objects.all().delete()
        Contest.objects.all().delete()
        page = browse(adam).get(PAGE).text
        assert reverse("admin:crowd_contest_add") in page

    def test_without_a_contest(self, browse):
        ContestCategory.objects.all().delete()
        Contest.objects.all().delete()
        assert "No contest yet" in text_of(browse().get(PAGE))


class TestLeaderboard:
    def test_ranks_by_points(self, browse, alice, bob):
        give_points(make_submission(alice, state="approved"), 10)
        give_points(make_submission(bob, state="approved"), 20)
        board = browse(alice).get(PAGE).context["board"]
        assert [(line.rank, line.person, line.points) for line in board] == [(1, bob, 20), (2, alice, 10)]

    def test_today_leaves_out_what_is_older(self, browse, alice):
        give_points(make_submission(alice, state="approved"))
        assert browse(alice).get(PAGE, {"period": "day"}).context["board"] == []

    def test_unknown_period_shows_all(self, browse, alice):
        assert browse(alice).get(PAGE, {"period": "<script>"}).context["period"] == "all"

    def test_queries_do_not_grow(self, browse, alice, bob, rita, ravi, django_assert_num_queries):
        give_points(make_submission(bob, state="approved"))
        client = browse(alice)
        client.get(PAGE)
        with django_assert_num_queries(9):
            client.get(PAGE)
        for person in (alice, rita, ravi):
            give_points(make_submission(person, state="approved"))
        with django_assert_num_queries(9):
            client.get(PAGE)
