"""One text many times over, as a template or a flood has it."""

import pytest
from django.db import connection

from crowd.domain import similarity
from crowd.domain.workflow import State
from crowd.models import LookAlike, Submission, Version
from crowd.services import duplicates, signatures
from tests.support.kettle import INSTRUCTION, NEARLY, TEXT, answer_of, found_for, known


@pytest.mark.django_db
class TestCrowded:
    @pytest.fixture(autouse=True)
    def _small_caps(self, monkeypatch):
        monkeypatch.setattr(signatures, "MOST_COMPARED", 5)
        monkeypatch.setattr(signatures, "MOST_ROWS", 100)

    def flood(self, author, count):
        return [
            known(author, response=f"{TEXT} {'!' * Version.objects.count()}").pk for _number in range(count)
        ]

    def look(self):
        return duplicates.find(similarity.Record(INSTRUCTION, "", NEARLY))

    def compared(self):
        return {other.pk for other, _match in self.look()}

    def test_up_to_the_cap_all_are_compared_and_nothing_is_said(self, alice):
        versions = self.flood(alice, 5)
        assert self.compared() == set(versions)
        assert {"nearest" in match.why for _other, match in self.look()} == {False}

    def test_past_the_cap_every_match_says_so(self, alice):
        self.flood(alice, 6)
        said = {match.why.partition(" (")[2] for _other, match in self.look()}
        assert said == {"very much here is alike: compared with the 5 nearest)"}

    def test_past_the_cap_the_earliest_are_compared_whoever_came_after(self, alice):
        first = self.flood(alice, 5)
        for _ in range(2):
            self.flood(alice, 3)
            assert self.compared() == set(first)

    def kept_by_an_import(self, version):
        duplicates.keep_look_alikes_of_many([Version.objects.get(pk=version)])
        return {
            (row.other_id, row.why.partition(" (")[2]) for row in LookAlike.objects.filter(version=version)
        }

    def test_an_import_compares_the_same_ones_and_says_the_same(self, alice):
        *first, last = self.flood(alice, 9)
        said = "very much here is alike: compared with the 5 nearest)"
        assert self.kept_by_an_import(last) == {(one, said) for one in first[:5]}

    def test_up_to_the_cap_an_import_says_nothing(self, alice):
        *first, last = self.flood(alice, 6)
        assert self.kept_by_an_import(last) == {(one, "") for one in first}

    def test_the_nearest_is_compared_though_it_is_the_latest(self, alice):
        self.flood(alice, 8)
        nearest = known(
            alice, instruction="Why does the old copper kettle sing?", response=f"{NEARLY} And so it sings."
        )
        record = similarity.Record(
            "Why does the old copper kettle sing?", "", NEARLY + " And so it sings, friends."
        )
        assert duplicates.find(record)[0][0] == nearest

    @pytest.mark.parametrize("most_rows", [100, 10_000])
    def test_what_is_gone_takes_nobodys_place(self, alice, most_rows, monkeypatch):
        monkeypatch.setattr(signatures, "MOST_ROWS", most_rows)
        gone = self.flood(alice, 12)
        Submission.objects.filter(versions__in=gone).update(state=State.WITHDRAWN)
        version = known(alice)
        assert found_for() == answer_of(version)
        [last] = self.flood(alice, 1)
        assert self.kept_by_an_import(last) == {(version.pk, "")}

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="counts SQLite's steps")
    def test_takes_no_more_steps_where_more_is_stored(self, alice, monkeypatch):
        monkeypatch.setattr(signatures, "MOST_ROWS", 10_000)
        monkeypatch.setattr(signatures, "MOST_COMPARED", 50)
        *_others, last = self.flood(alice, 60)
        before = self.steps(last)
        for _ in range(200):
            known(alice, instruction=None, response=None)
        assert all(now <= 1.1 * then for now, then in zip(self.steps(last), before, strict=True))

    def steps(self, version):
        """Of a look, and of an import of this version."""
        LookAlike.objects.all().delete()
        return steps_of(self.look), steps_of(lambda: self.kept_by_an_import(version))


def steps_of(look):
    """How many instructions SQLite's machine ran meanwhile, to the hundred."""
    taken = 0

    def count():
        nonlocal taken
        taken += 1

    connection.connection.set_progress_handler(count, 100)
    try:
        look()
    finally:
        connection.connection.set_progress_handler(None, 0)
    return taken
