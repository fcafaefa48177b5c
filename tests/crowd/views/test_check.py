from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crowd.models import Decision, Finding, Job, Recheck, Submission
from crowd.services import jobs, recheck, workers
from crowd.services.recheck import Choice
from tests.support.checks import make_check, take_turn, use_checks
from tests.support.factories import NOW, make_source, make_submission
from tests.support.pages import text_of

pytestmark = pytest.mark.django_db
PAGE = reverse("crowd:checks")
APPROVED = reverse("crowd:checked-approved")
HTMX = {"HX-Request": "true"}
NOBODY = "00000000-0000-4000-8000-000000000000"
TEXT = "A swift sleeps on the wing."


@pytest.fixture(autouse=True)
def swifts(monkeypatch):
    use_checks(monkeypatch, make_check("swift", version=3))


@pytest.fixture
def begun(alice, ada):
    """A re-run over one text that no worker has taken yet."""
    make_submission(alice, response=TEXT)
    with jobs.without_bell():
        return recheck.begin(Choice(), person=ada, now=NOW)


def url(begun, name="recheck"):
    return reverse(f"crowd:{name}", args=[begun.public_id])


def flag(submission, **fields):
    defaults = {"rule": "word.swift", "severity": "warning", "message": "Look at this.", "field": "response"}
    return Finding.objects.create(version=submission.current_version, **(defaults | fields))


class TestEveryPage:
    def addresses(self, begun):
        return [PAGE, APPROVED, url(begun)]

    def test_is_for_admins(self, browse, begun, rita):
        client = browse(rita)
        assert [client.get(address).status_code for address in self.addresses(begun)] == [403] * 3

    def test_asks_a_passer_by_to_sign_in(self, browse, begun):
        answers = [browse().get(address) for address in self.addresses(begun)]
        assert [answer.url for answer in answers] == [
            f"/accounts/login/?next={address}" for address in self.addresses(begun)
        ]

    def test_of_no_re_run_is_not_found(self, browse, ada):
        assert browse(ada).get(reverse("crowd:recheck", args=[NOBODY])).status_code == 404


class TestOverview:
    def test_tells_what_todays_checks_have_not_seen(self, browse, ada, begun):
        words = text_of(browse(ada).get(PAGE))
        assert "texts checked 1 not seen by today's checks 1" in words
        assert "word.swift Look at 3 0 1" in words

    def test_tells_what_was_found(self, browse, ada, begun):
        take_turn(begun)
        words = text_of(browse(ada).get(PAGE))
        assert "texts checked 1 not seen by today's checks 0" in words
        assert "word.swift Look at 3 1 0" in words

    def test_names_rules_that_no_check_has(self, browse, ada, alice):
        flag(make_submission(alice), rule="passage.unverified")
        assert "passage.unverified – – 1 –" in text_of(browse(ada).get(PAGE))

    def test_says_that_a_check_could_not_run(self, browse, ada, alice):
        flag(make_submission(alice), rule="check.failed")
        assert "check.failed A check could not run on a text" in text_of(browse(ada).get(PAGE))

    def test_is_kind_to_an_empty_site(self, browse, ada):
        words = text_of(browse(ada).get(PAGE))
        assert "There is no text yet that was checked." in words
        assert "Run the checks again" not in words

    def test_lists_the_re_runs(self, browse, ada, begun):
        assert "4 Mar 2026, 12:00 UTC Running Ada 0 of 1" in text_of(browse(ada).get(PAGE))

    @pytest.mark.parametrize("count", [1, 3])
    def test_queries_do_not_grow(self, browse, ada, alice, django_assert_num_queries, count):
        client = browse(ada)
        for _ in range(count):
            flag(make_submission(alice, state="approved"))
            with jobs.without_bell():
                recheck.begin(Choice(everything=True), now=NOW)
            Recheck.objects.update(state="succeeded", finished_at=NOW)
        with django_assert_num_queries(8):
            client.get(PAGE)


class TestBegin:
    def test_starts_a_re_run_and_shows_it(self, browse, ada, alice):
        make_submission(alice, response=TEXT)
        response = browse(ada).post(PAGE, {"everything": "all", "look_alikes": "on"})
        begun = Recheck.objects.get()
        assert (response.status_code, response.url) == (302, url(begun))
        assert (begun.everything, begun.look_alikes, begun.passages) == (True, True, False)
        assert (begun.started_by, begun.job.state) == (ada, "waiting")

    def test_says_when_there_is_nothing_to_do(self, browse, ada, begun):
        take_turn(begun)
        response = browse(ada).post(PAGE, {"everything": ""})
        assert response.status_code == 400
        assert "Everything is up to date" in text_of(response)

    def test_is_refused_beside_another(self, browse, ada, begun):
        response = browse(ada).post(PAGE, {"everything": "all"})
        assert response.status_code == 400
        assert "The checks are being run again now." in text_of(response)
        assert Recheck.objects.count() == 1

    def test_is_for_admins(self, browse, rita, alice):
        make_submission(alice)
        assert browse(rita).post(PAGE, {"everything": "all"}).status_code == 403
        assert Recheck.objects.count() == 0


class TestTheReRun:
    def test_says_that_it_waits_for_a_worker(self, browse, ada, begun):
        words = text_of(browse(ada).get(url(begun)))
        assert "Waiting No worker is connected" in words
        assert "Texts checked 0 of 1" in words

    def test_asks_for_itself_until_it_is_over(self, browse, ada, begun):
        workers.say_hello("default@host", queue="default", now=timezone.now())
        client = browse(ada)
        page = client.get(url(begun)).content.decode()
        assert (f'hx-get="{url(begun)}"' in page, "<noscript>" in page) == (True, True)
        fragment = client.get(url(begun), headers=HTMX).content.decode()
        assert (fragment.count("<h1>"), fragment.count('id="recheck-progress"')) == (0, 1)
        take_turn(begun)
        fragment = client.get(url(begun), headers=HTMX).content.decode()
        assert ("hx-get" in fragment, "Finished" in fragment) == (False, True)

    def test_tells_what_became_of_each_rules_findings(self, browse, ada, begun):
        take_turn(begun)
        words = text_of(browse(ada).get(url(begun)))
        assert "word.swift 1 0 0 0" in words
        assert "Texts checked 1 of 1" in words

    def test_can_be_cancelled(self, browse, ada, begun):
        response = browse(ada).post(url(begun, "recheck-cancel"), follow=True)
        assert "It was cancelled." in text_of(response)
        assert Recheck.objects.get().state == "cancelled"

    def test_is_cancelled_once(self, browse, ada, begun):
        take_turn(begun)
        response = browse(ada).post(url(begun, "recheck-cancel"), follow=True)
        assert "already over" in text_of(response)
        assert Recheck.objects.get().state == "succeeded"

    def test_is_cancelled_by_admins(self, browse, rita, begun):
        assert browse(rita).post(url(begun, "recheck-cancel")).status_code == 403
        assert Recheck.objects.get().state == "running"

    def test_says_that_it_failed(self, browse, ada, begun):
        Job.objects.update(state="quarantined")
        recheck.give_up(begun.job, NOW)
        assert "The re-run failed" in text_of(browse(ada).get(url(begun)))


class TestApproved:
    @pytest.fixture
    def flagged(self, alice):
        """Approved yesterday with a warning; an error was found since."""
        submission = make_submission(alice, state="approved", instruction="Where do swifts sleep?")
        flag(submission, found_at=NOW - timedelta(days=1), rule="word.wing", message="Seen then.")
        flag(submission, found_at=NOW + timedelta(days=1), severity="error", message="Found since.")
        return submission

    def decide(self, submission, reviewer):
        Decision.objects.create(
            submission=submission,
            version=submission.current_version,
            reviewer=reviewer,
            decision="approve",
            created_at=NOW,
        )

    def test_shows_what_a_reviewer_would_look_at(self, browse, ada, flagged):
        words = text_of(browse(ada).get(APPROVED))
        assert "1 text Where do swifts sleep?" in words
        assert ("Seen then." in words, "Found since." in words) == (True, True)

    def test_leads_to_where_the_approval_can_be_taken_back(self, browse, ada, flagged):
        address = reverse("crowd:submission", args=[flagged.public_id])
        assert f'href="{address}"' in browse(ada).get(APPROVED).content.decode()
        assert "Take the approval back" in text_of(browse(ada).get(address))

    def test_can_show_one_rule(self, browse, ada, flagged):
        words = text_of(browse(ada).get(APPROVED, {"rule": "word.swift"}))
        assert ("Seen then." in words, "Found since." in words) == (False, True)

    def test_can_show_one_severity(self, browse, ada, flagged):
        words = text_of(browse(ada).get(APPROVED, {"severity": "warning"}))
        assert ("Seen then." in words, "Found since." in words) == (True, False)

    def test_can_show_what_was_found_after_the_approval(self, browse, ada, rita, flagged):
        self.decide(flagged, rita)
        words = text_of(browse(ada).get(APPROVED, {"is_later": "on"}))
        assert ("Seen then." in words, "Found since." in words) == (False, True)

    def test_knows_when_a_dataset_was_taken_as_approved(self, browse, ada):
        submission = make_submission(source=make_source(), state="approved")
        flag(submission, found_at=NOW)
        assert "None of this kind" in text_of(browse(ada).get(APPROVED, {"is_later": "on"}))
        Finding.objects.update(found_at=NOW + timedelta(seconds=1))
        assert "imported from dolly" in text_of(browse(ada).get(APPROVED, {"is_later": "on"}))

    @pytest.mark.parametrize("state", ["in_review", "returned", "rejected", "withdrawn"])
    def test_leaves_out_what_is_not_approved(self, browse, ada, flagged, state):
        Submission.objects.update(state=state)
        assert "Nothing to look at" in text_of(browse(ada).get(APPROVED))

    def test_leaves_out_mere_notes(self, browse, ada, alice):
        flag(make_submission(alice, state="approved"), severity="info")
        assert "Nothing to look at" in text_of(browse(ada).get(APPROVED))

    def test_an_unknown_filter_is_none(self, browse, ada, flagged):
        response = browse(ada).get(APPROVED, {"rule": "<b>", "severity": "x", "page": "x"})
        assert (response.status_code, "1 text" in text_of(response)) == (200, True)

    @pytest.mark.parametrize("count", [1, 3])
    def test_queries_do_not_grow(self, browse, ada, alice, django_assert_num_queries, count):
        client = browse(ada)
        for _ in range(count):
            flag(make_submission(alice, state="approved"))
        with django_assert_num_queries(6):
            client.get(APPROVED)

    def test_goes_on_over_pages(self, browse, ada, alice):
        for _ in range(26):
            flag(make_submission(alice, state="approved"))
        words = text_of(browse(ada).get(APPROVED, {"page": 2, "rule": "word.swift"}))
        assert "Page 2 of 2" in words
