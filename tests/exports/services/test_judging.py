from collections import Counter

import pytest

from crowd.domain.rights import Records
from crowd.models import Event, Job
from crowd.services import rights
from crowd.services.errors import Conflict
from exports.domain.judging import Choice, Tally
from exports.models import Comparison, Judgement, Pairing, Speaker
from exports.services import judging
from tests.support.factories import NOW, make_person
from tests.support.judging import (
    make_answer,
    make_comparison,
    make_judgement,
    make_model,
    make_release,
    prefers,
    start,
)
from tests.support.releases import take_back

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(alice, folders):
    return make_release(alice)


@pytest.fixture
def tuned(release, adam, folders):
    """A model with a base that is on this site; it held out six of its eight records."""
    (folders / "bases/tiny@1").mkdir(parents=True)
    return make_model(release, adam, held_out=range(1, 7), base="tiny@1")


def lines(comparison):
    return sorted(comparison.pairings.values_list("record__position", flat=True))


class TestStarting:
    def test_asks_what_the_model_never_learned_from(self, tuned, adam):
        comparison = start(tuned, adam)
        assert (comparison.state, lines(comparison)) == ("answering", [0, 1, 2, 3, 4, 5])
        assert Job.objects.filter(kind=judging.COMPARISON_JOB).values_list("kind", "queue", "key").get() == (
            "answer_comparison",
            "chat",
            str(comparison.public_id),
        )
        assert Event.objects.about("comparison", comparison.public_id).get().action == "ask"

    def test_takes_no_more_questions_than_wanted(self, tuned, adam):
        assert lines(start(tuned, adam, count=2)) == [0, 1]

    def test_takes_questions_first_whose_answers_nobody_has_seen(self, tuned, adam):
        make_answer(tuned, tuned.release.records.get(position=0), "Known.")
        assert lines(start(tuned, adam, count=2)) == [1, 2]

    def test_leaves_out_what_was_taken_back(self, tuned, adam):
        take_back(tuned.release.records.get(position=0).submission)
        assert lines(start(tuned, adam)) == [1, 2, 3, 4, 5]

    def test_against_another_model_asks_what_both_held_out(self, tuned, release, adam):
        other = make_model(release, adam, held_out=[5, 6, 7])
        assert lines(start(tuned, adam, other)) == [4, 5]

    def test_against_a_model_of_another_release_goes_by_the_texts(self, tuned, alice, adam):
        later = make_release(alice, records=4, version="1.1.0")
        positions = {record.version.sha256: record.position for record in later.records.all()}
        first = tuned.release.records.select_related("version").get(position=2)
        other = make_model(later, adam, held_out=[positions[first.version.sha256] + 1])
        assert lines(start(tuned, adam, other)) == [2]

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"base": ""}, "random weights"),
            ({"overrides": {"init": "random"}}, "random weights"),
            ({"held_out": []}, "no record that they all held out"),
        ],
    )
    def test_needs_something_to_compare(self, release, adam, fields, reason):
        run = make_model(release, adam, **{"held_out": [1], "base": "tiny@1", **fields})
        with pytest.raises(Conflict, match=reason):
            start(run, adam)
        assert Comparison.objects.count() == 0

    def test_needs_models(self, tuned, adam):
        tuned.state = "failed"
        with pytest.raises(Conflict, match="without a model"):
            start(tuned, adam)


class TestJudging:
    @pytest.fixture
    def comparison(self, tuned, adam):
        return make_comparison(tuned, adam)

    def walk(self, comparison, person, choose):
        """Judge until there is nothing left; what was shown."""
        seen = []
        while shown := judging.next_for(comparison, person=person):
            seen.append(shown)
            judging.judge(comparison, shown.pairing, person=person, choice=choose(shown), now=NOW)
        return seen

    def test_shows_each_question_once_with_both_answers(self, comparison, bob):
        seen = self.walk(comparison, bob, lambda _shown: Choice.TIE)
        assert sorted(shown.pairing.pk for shown in seen) == sorted(
            comparison.pairings.values_list("pk", flat=True)
        )
        assert {frozenset((shown.a.speaker, shown.b.speaker)) for shown in seen} == {
            frozenset(("tuned", "base"))
        }
        assert judging.progress([comparison], person=bob) == {comparison.pk: (8, 8)}

    def test_records_the_order_in_which_it_was_shown(self, comparison, bob):
        seen = self.walk(comparison, bob, lambda _shown: Choice.A)
        kept = dict(Judgement.objects.values_list("pairing", "tuned_is_first"))
        assert kept == {shown.pairing.pk: shown.a.speaker == "tuned" for shown in seen}

    def test_asks_first_what_fewest_have_judged(self, comparison, bob, rita):
        shown = judging.next_for(comparison, person=bob)
        judging.judge(comparison, shown.pairing, person=bob, choice=Choice.A, now=NOW)
        order = [found.pairing.pk for found in self.walk(comparison, rita, lambda _shown: Choice.B)]
        assert order[-1] == shown.pairing.pk

    def test_is_shown_the_same_way_when_the_page_is_opened_again(self, comparison, bob):
        first, again = (judging.next_for(comparison, person=bob) for _ in range(2))
        assert first == again

    def test_sent_twice_is_one_judgement(self, comparison, bob):
        pairing = judging.next_for(comparison, person=bob).pairing
        for _ in range(2):
            judging.judge(comparison, pairing, person=bob, choice=Choice.A, now=NOW)
        assert Judgement.objects.count() == 1

    def test_is_not_changed_afterwards(self, comparison, bob):
        pairing = judging.next_for(comparison, person=bob).pairing
        judging.judge(comparison, pairing, person=bob, choice=Choice.A, now=NOW)
        with pytest.raises(Conflict, match="already"):
            judging.judge(comparison, pairing, person=bob, choice=Choice.B, now=NOW)
        assert Judgement.objects.get().choice == "a"

    def test_ends_with_the_comparison(self, comparison, bob, adam):
        pairing = judging.next_for(comparison, person=bob).pairing
        judging.close(comparison, person=adam, now=NOW)
        with pytest.raises(Conflict, match="not open"):
            judging.judge(comparison, pairing, person=bob, choice=Choice.A, now=NOW)
        assert Judgement.objects.count() == 0

    def test_shows_no_text_that_was_taken_back(self, comparison, bob):
        gone = comparison.pairings.select_related("record__submission").first()
        take_back(gone.record.submission)
        seen = self.walk(comparison, bob, lambda _shown: Choice.TIE)
        assert (len(seen), gone.pk in {shown.pairing.pk for shown in seen}) == (7, False)

    def test_is_for_those_who_are_still_here(self, comparison, bob):
        pairing = judging.next_for(comparison, person=bob).pairing
        rights.leave(bob, records=Records.KEEP, now=NOW)
        with pytest.raises(Conflict, match="has left"):
            judging.judge(comparison, pairing, person=bob, choice=Choice.A, now=NOW)


class TestTheOutcome:
    @pytest.fixture
    def comparison(self, tuned, adam):
        return make_comparison(tuned, adam)

    def test_is_nobodys_before_the_end(self, comparison, adam, bob):
        make_judgement(comparison.pairings.first(), bob, "win")
        assert judging.outcome(comparison) is None
        assert judging.turnout(comparison) == {"judgements": 1, "judges": 1}
        judging.close(comparison, person=adam, now=NOW)
        assert judging.outcome(comparison).questions == Tally(wins=1)

    def test_counts_for_the_model_whatever_the_order(self, comparison, adam, bob, rita):
        for person in (bob, rita):
            while judging.next_for(comparison, person=person):
                shown = judging.next_for(comparison, person=person)
                choice = prefers(comparison, person, Speaker.TUNED)
                judging.judge(comparison, shown.pairing, person=person, choice=choice, now=NOW)
        judging.close(comparison, person=adam, now=NOW)
        found = judging.outcome(comparison)
        assert (found.questions, found.judgements) == (Tally(wins=8), Tally(wins=16))
        assert found.is_significant
        assert Counter(Judgement.objects.values_list("tuned_is_first", flat=True)).keys() == {True, False}

    def test_of_two_equal_models_is_no_difference(self, tuned, release, adam):
        twin = make_model(release, adam, held_out=range(1, 9))
        comparison = make_comparison(tuned, adam, against=twin)
        for name in ("cleo", "dan", "eve"):
            judge = make_person(name)
            while shown := judging.next_for(comparison, person=judge):
                is_liked = (shown.a.run == tuned) == bool(shown.pairing.record.position % 2)
                choice = Choice.A if is_liked else Choice.B
                judging.judge(comparison, shown.pairing, person=judge, choice=choice, now=NOW)
        judging.close(comparison, person=adam, now=NOW)
        found = judging.outcome(comparison)
        assert (found.questions, found.judgements) == (Tally(4, 0, 4), Tally(12, 0, 12))
        assert not found.is_significant

    def test_tells_of_comparisons_that_somebody_took_part_in(self, comparison, tuned, adam, bob):
        make_comparison(tuned, adam, state="closed", closed_at=NOW)
        make_judgement(comparison.pairings.first(), bob, "loss")
        assert judging.outcomes(tuned) == []
        judging.close(comparison, person=adam, now=NOW)
        assert [(found, what.questions) for found, what in judging.outcomes(tuned)] == [
            (comparison, Tally(losses=1))
        ]

    def test_stands_after_a_record_was_taken_back(self, comparison, adam, bob):
        pairing = Pairing.objects.select_related("record__submission").first()
        make_judgement(pairing, bob, "win")
        take_back(pairing.record.submission)
        judging.close(comparison, person=adam, now=NOW)
        assert judging.outcome(comparison).questions == Tally(wins=1)


class TestClosing:
    def test_is_kept_in_the_history(self, tuned, adam):
        comparison = make_comparison(tuned, adam)
        judging.close(comparison, person=adam, now=NOW)
        event = Event.objects.about("comparison", comparison.public_id).get()
        assert (event.action, event.from_state, event.to_state, event.actor) == (
            "close",
            "open",
            "closed",
            adam,
        )

    def test_is_done_once(self, tuned, adam, ada):
        comparison = make_comparison(tuned, adam)
        same = Comparison.objects.get()
        judging.close(comparison, person=adam, now=NOW)
        with pytest.raises(Conflict, match="has just changed"):
            judging.close(same, person=ada, now=NOW)
