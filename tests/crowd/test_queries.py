from datetime import UTC, datetime

import pytest

from crowd import queries
from crowd.domain.workflow import State
from crowd.models import Contest, Decision, PointEntry
from tests.support.factories import NOW, make_submission


@pytest.fixture
def contest(db):
    return Contest.objects.open().get()


def earn(person, *, at=NOW, amount=10, category="open_qa", reason="approved", submission=None):
    submission = submission or make_submission(person, state=State.APPROVED, category=category)
    PointEntry.objects.create(
        person=person,
        contest=submission.contest,
        category=submission.current_version.category,
        submission=submission,
        version=submission.current_version,
        amount=amount,
        reason=reason,
        created_at=at,
    )
    return submission


def decide(submission, reviewer, *, at):
    Decision.objects.create(
        submission=submission,
        version=submission.current_version,
        reviewer=reviewer,
        author=submission.author,
        decision="approve",
        created_at=at,
    )


def standings(contest, **options):
    board = queries.leaderboard(contest, now=options.pop("now", NOW), **options)
    return [(line.rank, line.person.name, line.points, line.approved) for line in board]


class TestLeaderboard:
    def test_sums_the_ledger_highest_first_and_shares_ranks(self, contest, alice, bob, rita):
        earn(alice), earn(alice)
        earn(bob), earn(rita)
        assert standings(contest) == [(1, "Alice", 20, 2), (2, "Bob", 10, 1), (2, "Rita", 10, 1)]

    def test_what_was_taken_back_no_longer_counts(self, contest, alice, bob):
        earn(alice)
        earn(bob, amount=-10, reason="withdrawn", submission=earn(bob))
        assert standings(contest) == [(1, "Alice", 10, 1)]

    def test_one_category_alone(self, contest, alice, bob):
        earn(alice, category="brainstorming"), earn(bob)
        assert standings(contest, category="brainstorming") == [(1, "Alice", 10, 1)]

    def test_days_and_weeks_are_the_contests_own(self, contest, alice, bob, rita):
        # Sunday evening in London is already Monday in Auckland: another day, and another week.
        contest.time_zone = "Pacific/Auckland"
        earn(alice, at=datetime(2026, 3, 1, 10, 0, tzinfo=UTC))
        earn(bob, at=datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
        earn(rita, at=datetime(2026, 3, 4, 11, 30, tzinfo=UTC))
        assert [name for _, name, *_ in standings(contest, period="week")] == ["Bob", "Rita"]
        assert [name for _, name, *_ in standings(contest, period="day")] == ["Rita"]

    def test_costs_the_same_for_one_and_for_three(self, contest, people, django_assert_num_queries):
        for person in (people.alice, people.bob, people.rita):
            earn(person)
            with django_assert_num_queries(2):
                queries.leaderboard(contest, now=NOW)


class TestProgress:
    def test_counts_what_is_approved_and_on_its_way(self, contest, alice):
        for state in State:
            make_submission(alice, state=state, category="brainstorming")
        line = {line.key: line for line in queries.progress(contest)}["brainstorming"]
        assert (line.approved, line.in_progress, line.target) == (1, 2, 1_000)

    def test_shows_the_seven_categories_that_are_on(self, contest):
        assert [line.key for line in queries.progress(contest)] == [
            "open_qa",
            "closed_qa",
            "information_extraction",
            "summarization",
            "brainstorming",
            "classification",
            "creative_writing",
        ]

    def test_says_which_need_a_passage(self, contest):
        needing = [line.key for line in queries.progress(contest) if line.needs_passage]
        assert needing == ["closed_qa", "information_extraction", "summarization"]


class TestDecidedToday:
    def test_the_day_is_the_contests_own(self, contest, alice, rita):
        # Wednesday began in Auckland when it was eleven o'clock on Tuesday in London.
        Contest.objects.update(time_zone="Pacific/Auckland")
        for hour in (10, 12):
            decide(make_submission(alice), rita, at=datetime(2026, 3, 3, hour, 0, tzinfo=UTC))
        assert queries.decided_today(rita, now=datetime(2026, 3, 3, 20, 0, tzinfo=UTC)) == 1
        # And ended when it was eleven there on Wednesday.
        assert queries.decided_today(rita, now=datetime(2026, 3, 4, 10, 0, tzinfo=UTC)) == 1
        assert queries.decided_today(rita, now=datetime(2026, 3, 4, 12, 0, tzinfo=UTC)) == 0

    def test_is_ones_own(self, contest, alice, rita, ravi):
        decide(make_submission(alice), rita, at=NOW)
        assert queries.decided_today(ravi, now=NOW) == 0


class TestContestToShow:
    def test_is_the_running_one(self, contest):
        Contest.objects.create(name="Last year's", state=Contest.State.FINAL)
        assert queries.contest_to_show() == contest

    def test_or_else_the_last_that_ran(self, contest):
        Contest.objects.update(state=Contest.State.FINAL)
        Contest.objects.create(name="Next year's", state=Contest.State.DRAFT)
        assert queries.contest_to_show() == contest
