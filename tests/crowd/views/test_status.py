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
        browse(ada).post(reverse("crowd:try-again", args=[quarantined.pk]))
        quarantined.refresh_from_db()
        assert (quarantined.state, quarantined.attempt) == ("waiting", 0)

    def test_is_for_admins(self, browse, rita, quarantined):
        assert browse(rita).post(reverse("crowd:try-again", args=[quarantined.pk])).status_code == 403
        quarantined.refresh_from_db()
        assert quarantined.state == "quarantined"
