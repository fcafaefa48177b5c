from datetime import timedelta

import pytest
from django.utils import timezone

from crowd.models import Category, Contest, PointEntry
from tests.support.factories import make_submission

CONTEST, LEADERBOARD = "/api/v1/contest/", "/api/v1/contest/leaderboard/"


def earn(person, points=10, *, category="open_qa", days_ago=0):
    submission = make_submission(person, state="approved", category=category)
    return PointEntry.objects.create(
        person=person,
        contest=submission.contest,
        category=Category.objects.get(key=category),
        submission=submission,
        version=submission.current_version,
        amount=points,
        reason="approved",
        created_at=timezone.now() - timedelta(days=days_ago),
    )


class TestTheContest:
    def test_says_what_each_category_asks_and_how_far_it_is(self, api, alice):
        make_submission(alice, state="approved", category="open_qa")
        shown = api(alice).get(CONTEST).json()
        categories = shown.pop("categories")
        assert shown == {
            "name": "Our instruction contest",
            "state": "running",
            "description": "Write questions and tasks with the answers you would want to read.",
            "rules": "",
            "time_zone": "UTC",
            "starts_at": None,
            "ends_at": None,
        }
        assert {category["key"]: category["needs_passage"] for category in categories} == {
            "open_qa": False,
            "closed_qa": True,
            "information_extraction": True,
            "summarization": True,
            "brainstorming": False,
            "classification": False,
            "creative_writing": False,
        }
        first = categories[0]
        assert (first["approved"], first["in_progress"], first["target"], first["points"]) == (
            1,
            0,
            1_000,
            10,
        )

    def test_says_when_it_ends(self, api, alice):
        Contest.objects.update(ends_at="2026-04-01T22:00:00Z")
        assert api(alice).get(CONTEST).json()["ends_at"] == "2026-04-01T22:00:00.000000Z"

    def test_is_nothing_where_there_is_none(self, api, alice):
        Contest.objects.all().delete()
        assert [api(alice).get(url).status_code for url in (CONTEST, LEADERBOARD)] == [404, 404]

    def test_is_for_people_who_signed_in(self, api):
        assert [api().get(url).status_code for url in (CONTEST, LEADERBOARD)] == [401, 401]


class TestTheLeaderboard:
    def test_has_everybody_with_points_and_no_addresses(self, api, alice, bob, rita):
        earn(alice), earn(alice), earn(bob)
        answer = api(bob).get(LEADERBOARD)
        assert answer.json() == {
            "period": "all",
            "category": None,
            "since": None,
            "standings": [
                {"rank": 1, "name": "Alice", "points": 20, "approved": 2, "you": False},
                {"rank": 2, "name": "Bob", "points": 10, "approved": 1, "you": True},
            ],
        }
        assert "@" not in answer.content.decode()

    def test_counts_a_period(self, api, alice, bob):
        # Alice's are tomorrow's: today's would be yesterday's where midnight comes between them and the question.
        earn(alice, days_ago=-1), earn(bob, days_ago=9)
        for period in ("day", "week"):
            shown = api(alice).get(LEADERBOARD, {"period": period}).json()
            assert [line["name"] for line in shown["standings"]] == ["Alice"]
            assert shown["since"].endswith("T00:00:00.000000Z")

    def test_counts_a_category(self, api, alice, bob):
        earn(alice, category="brainstorming"), earn(bob)
        shown = api(alice).get(LEADERBOARD, {"category": "brainstorming"}).json()
        assert (shown["category"], [line["name"] for line in shown["standings"]]) == (
            "brainstorming",
            ["Alice"],
        )

    @pytest.mark.parametrize(
        "query", ["period=year", "period=", "category=poetry", "category=%00", "sort=name"]
    )
    def test_takes_no_other_questions(self, api, alice, query):
        answer = api(alice).get(f"{LEADERBOARD}?{query}")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.split("=")[0]])
