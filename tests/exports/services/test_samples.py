import pytest

from crowd.models import Job
from crowd.services import jobs
from crowd.services.errors import Conflict
from exports.models import Answer
from exports.services import judging, samples
from exports.services.model_process import ModelLost
from tests.support.factories import NOW
from tests.support.judging import make_comparison, make_model, make_release
from tests.support.releases import make_approved, take_back
from tests.support.runs import claim, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept")]


@pytest.fixture
def release(alice, folders):
    for _ in range(4):
        make_approved(alice, category="brainstorming")
    return make_release(alice, records=8)


def write(run):
    """Do the samples' job as a worker does; the samples as they then are."""
    samples.ask(run, now=NOW)
    jobs.do(claim(samples.SAMPLES_JOB, run.public_id))
    return samples.of(run)


def positions(found):
    return sorted(sample.answer.record.position for sample in found)


class TestSamples:
    def test_are_answers_to_what_the_run_held_out(self, release, adam, trainer):
        run = make_model(release, adam, held_out=[2, 5])
        found = write(run)
        assert (positions(found), {sample.is_held_out for sample in found}) == ([1, 4], {True})
        assert {sample.answer.text.split(maxsplit=1)[1] for sample in found} == {
            sample.answer.record.version.instruction for sample in found
        }

    def test_are_of_every_category_and_say_when_they_were_learned_from(self, release, adam, trainer):
        found = write(make_model(release, adam))
        categories = sorted(sample.answer.record.version.category.key for sample in found)
        assert categories == ["brainstorming"] * 3 + ["open_qa"] * 3
        assert {sample.is_held_out for sample in found} == {False}

    def test_are_asked_for_once(self, release, adam):
        run = make_model(release, adam)
        assert samples.ask(run, now=NOW) == samples.ask(run, now=NOW) == samples.job_of(run)

    def test_leave_out_what_was_taken_back_since(self, release, adam, trainer):
        run = make_model(release, adam, held_out=[2, 5])
        write(run)
        take_back(release.records.get(position=1).submission)
        assert positions(samples.of(run)) == [4]

    def test_are_taken_of_another_record_once_theirs_was_taken_back(self, release, adam, trainer):
        run = make_model(release, adam, held_out=[2, 3, 4, 5, 6, 7, 8, 9])
        first = positions(write(run))
        take_back(release.records.get(position=first[0]).submission)
        assert positions(samples.of(run)) == first[1:]
        again = positions(write(run))
        assert (len(again), first[0] in again, set(first[1:]) < set(again)) == (6, False, True)

    def test_are_no_second_job_where_no_record_is_left_to_ask(self, release, adam, trainer):
        run = make_model(release, adam, held_out=[2])
        write(run)
        take_back(release.records.get(position=1).submission)
        assert samples.ask(run, now=NOW).state == samples.job_of(run).state == "done"

    def test_leave_out_what_people_are_judging(self, release, adam, trainer):
        run = make_model(release, adam, held_out=[2, 5])
        write(run)
        comparison = make_comparison(run, adam)
        comparison.pairings.exclude(record__position=1).delete()
        assert 1 not in positions(samples.of(run))
        judging.close(comparison, person=adam, now=NOW)
        assert 1 in positions(samples.of(run))

    def test_need_a_model(self, release, adam):
        with pytest.raises(Conflict, match="no model to ask"):
            samples.ask(make_run(release, adam, state="failed"), now=NOW)

    def test_of_a_lost_model_are_tried_again(self, release, adam, trainer):
        run = make_model(release, adam, held_out=[2])
        version = release.records.get(position=1).version
        type(version).objects.filter(pk=version.pk).update(instruction="die")
        with pytest.raises(ModelLost):
            write(run)
        assert (Job.objects.get(kind=samples.SAMPLES_JOB).state, Answer.objects.count()) == ("waiting", 0)
