import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from crowd import queries
from crowd.models import Contest, Draft, Event, Grant, Job, Passage, Person, Submission
from crowd.services import demo

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="class")
def seeded(django_db_setup, django_db_blocker):
    """Seeded once for all tests of a class, which only read, and rolled back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield demo.seed(now=NOW)
        transaction.set_rollback(True)


# The mark also keeps these before the tests that empty the tables.
@pytest.mark.django_db
@pytest.mark.usefixtures("seeded")
class TestSeed:
    def test_brings_every_pair_in_its_state(self):
        pairs = json.loads((demo.FOLDER / "pairs.json").read_text(encoding="utf-8"))
        wanted = {(pair["author"], pair["instruction"], pair["state"]) for pair in pairs}
        rows = Submission.objects.values_list("author__email", "current_version__instruction", "state")
        assert set(rows) == wanted
        assert len(rows) == len(pairs)

    def test_history_is_of_the_last_two_weeks(self):
        moments = Event.objects.filter(subject_kind="submission").values_list("at", flat=True)
        assert NOW - timedelta(days=15) < min(moments)
        assert max(moments) < NOW

    def test_points_are_ten_for_each_approval(self):
        board = queries.leaderboard(Contest.objects.get(), now=NOW)
        assert sum(line.points for line in board) == 10 * 29
        assert {line.points for line in board} == {10 * line.approved for line in board}

    def test_checks_were_really_done(self):
        assert Counter(Job.objects.values_list("state", flat=True)) == {"done": 42}

    def test_finds_the_near_duplicate(self):
        version = Submission.objects.get(current_version__instruction__endswith="just before it boils?")
        kinds = {row.kind for row in version.current_version.look_alikes.filter(on="text")}
        assert kinds == {"near"}

    def test_everybody_can_sign_in_and_has_given_the_grant(self):
        assert all(person.check_password(demo.PASSWORD) for person in Person.objects.all())
        assert Grant.objects.count() == Person.objects.count() == len(demo.PEOPLE)

    def test_passages_keep_page_and_revision(self):
        assert all(passage.is_pinned for passage in Passage.objects.all())

    def test_targets_let_progress_show(self):
        assert {row.target for row in queries.progress(Contest.objects.get())} == {demo.TARGET}


class TestCommand:
    def test_says_what_it_did(self, db, capsys):
        call_command("seed_demo")
        assert "8 people, 42 pairs" in capsys.readouterr().err

    def test_a_second_time_changes_nothing(self, db, capsys):
        call_command("seed_demo")
        before = Event.objects.count()
        call_command("seed_demo")
        assert Event.objects.count() == before
        assert "nothing was changed" in capsys.readouterr().err

    def test_stays_out_where_people_are(self, alice, capsys):
        call_command("seed_demo")
        assert list(Person.objects.all()) == [alice]
        assert not Submission.objects.exists()
        assert not Draft.objects.exists()

    def test_production_refuses_it(self, db, settings):
        settings.PRODUCTION = True
        with pytest.raises(CommandError, match="production mode refuses it"):
            call_command("seed_demo")
        assert not Person.objects.exists()
