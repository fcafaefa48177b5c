import pytest
from django.utils import timezone

from crowd.domain.workflow import State
from crowd.models import Band, Category, Event, Job, LookAlike, Submission
from crowd.services import jobs
from crowd.services import submission as submissions
from crowd.services.submission import Content
from tests.support.factories import NOW, make_grant

TEXT = (
    "Because the water near the hot base turns to steam in bubbles, and each bubble collapses with a click when it "
    "rises into the cooler water above; thousands of clicks a second are the hiss that we hear from the kettle."
)


def send(person, *, instruction="Why does a kettle hiss before it boils?", response=TEXT):
    make_grant(person)
    content = Content(
        category=Category.objects.get(key="open_qa"), instruction=instruction, response=response
    )
    return submissions.submit(person, content, now=NOW).submission


def work():
    """Do every job that waits, as a worker would."""
    for job in Job.objects.waiting().order_by("id"):
        jobs.run(job.pk, job.attempt, owner="test", clock=timezone.now)


class TestTheJob:
    def test_hands_a_clean_pair_to_the_reviewers(self, alice):
        submission = send(alice)
        work()
        submission.refresh_from_db()
        assert submission.state == State.IN_REVIEW
        assert submission.current_version.checked_at is not None
        assert [event.action for event in Event.objects.order_by("seq")] == ["submit", "pass_checks"]

    def test_keeps_what_it_found_with_its_place(self, alice):
        submission = send(alice, response=f"{TEXT}[12]")
        work()
        finding = submission.current_version.findings.get()
        assert (finding.rule, finding.severity, finding.field) == ("citation.marker", "warning", "response")
        assert (finding.start, finding.end) == (len(TEXT), len(TEXT) + 4)

    @pytest.mark.parametrize(
        ("page", "rules"), [("wiki/Tide", ["passage.revision"]), ("w/index.php?oldid=7", [])]
    )
    def test_warns_of_a_passage_that_no_release_would_take(self, alice, page, rules):
        make_grant(alice)
        content = Content(
            category=Category.objects.get(key="closed_qa"),
            instruction="How often does the sea rise and fall?",
            context="Tides are the rise and fall of sea levels, twice a day in most places.",
            response="Twice a day in most places.",
            passage_url=f"https://en.wikipedia.org/{page}",
        )
        submission = submissions.submit(alice, content, now=NOW).submission
        work()
        assert list(submission.current_version.findings.values_list("rule", flat=True)) == rules

    def test_names_the_near_duplicate_that_came_before(self, alice, bob):
        first = send(alice)
        work()
        second = send(bob, response=TEXT.replace("clicks a second", "clicks each second"))
        work()
        look_alike = LookAlike.objects.get(on="text")
        assert (look_alike.version, look_alike.other) == (second.current_version, first.current_version)
        assert (look_alike.kind, 0.7 < look_alike.score < 1) == ("near", True)

    def test_twice_is_once(self, alice):
        send(alice, response=f"{TEXT}[12]")
        work()
        bands = Band.objects.count()
        Job.objects.update(state=Job.State.WAITING, finished_at=None)
        work()
        assert (Band.objects.count(), Event.objects.count()) == (bands, 2)

    def test_a_text_withdrawn_meanwhile_stays_withdrawn(self, alice):
        submission = send(alice)
        submissions.withdraw(submission, person=alice, now=NOW)
        work()
        assert Submission.objects.get().state == State.WITHDRAWN

    @pytest.mark.parametrize("state", [State.REJECTED, State.WITHDRAWN])
    def test_a_text_that_is_gone_is_no_look_alike(self, alice, bob, state):
        first = send(alice)
        work()
        Submission.objects.filter(pk=first.pk).update(state=state)
        send(bob, response=TEXT.replace("clicks a second", "clicks each second"))
        work()
        assert LookAlike.objects.count() == 0
