import pytest
from django.urls import reverse
from django.utils import timezone

from crowd.models import Job
from crowd.services import jobs, workers
from tests.support.factories import NOW
from tests.support.pages import text_of

pytestmark = pytest.mark.django_db
PAGE = reverse("crowd:status")


@pytest.fixture
def quarantined(db):
    with jobs.without_bell():
        job = jobs.enqueue("check", "1:1", {"version": 1}, now=NOW)
    Job.objects.filter(pk=job.pk).update(state="quarantined", attempt=5, error="builtins.ValueError")
    return job


def try_again(client, job):
    return client.post(reverse("crowd:try-again", args=[job.pk]), follow=True)


class TestStatus:
    def test_is_for_admins(self, browse, rita):
        assert browse(rita).get(PAGE).status_code == 403

    def test_names_the_workers(self, browse, ada):
        workers.say_hello("default@host", queue="default", now=timezone.now())
        words = text_of(browse(ada).get(PAGE))
        assert "default@host" in words
        assert "No worker is connected" not in words

    def test_says_when_there_is_none(self, browse, ada):
        assert "No worker is connected" in text_of(browse(ada).get(PAGE))

    def test_shows_what_was_set_aside(self, browse, ada, quarantined):
        words = text_of(browse(ada).get(PAGE))
        assert "check 1:1 5 builtins.ValueError Try again" in words

    def test_queries_do_not_grow(self, browse, ada, django_assert_num_queries):
        client = browse(ada)
        for count in (1, 3):
            for key in range(count):
                workers.say_hello(f"worker {key}", queue="default", now=timezone.now())
            with django_assert_num_queries(9):
                client.get(PAGE)


class TestTryingAgain:
    def test_puts_the_job_back(self, browse, ada, quarantined):
        page = try_again(browse(ada), quarantined)
        quarantined.refresh_from_db()
        assert (quarantined.state, quarantined.attempt) == ("waiting", 0)
        assert "The job is back in the queue." in text_of(page)

    @pytest.mark.parametrize("state", [state for state in Job.State if state != Job.State.QUARANTINED])
    def test_leaves_one_that_is_not_set_aside_as_it_is(self, browse, ada, quarantined, state):
        Job.objects.update(state=state)
        page = try_again(browse(ada), quarantined)
        quarantined.refresh_from_db()
        assert (quarantined.state, quarantined.attempt) == (state, 5)
        assert "That job is not set aside any more" in text_of(page)
        assert "back in the queue" not in text_of(page)

    def test_is_for_admins(self, browse, rita, quarantined):
        assert browse(rita).post(reverse("crowd:try-again", args=[quarantined.pk])).status_code == 403
        quarantined.refresh_from_db()
        assert quarantined.state == "quarantined"
