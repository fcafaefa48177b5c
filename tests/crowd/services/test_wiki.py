from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from crowd.domain.workflow import State
from crowd.models import Category, Finding, Job, Passage, Submission
from crowd.services import jobs, wiki
from crowd.services import submission as submissions
from crowd.services.submission import Content
from tests.support import fake_wiki
from tests.support.factories import NOW, make_grant, make_passage, make_submission
from tests.support.pages import text_of

WORDS = "Swifts sleep while they fly."
HTML = f'<p>Of birds.</p><p>{WORDS[:-1]}<sup class="reference">[7]</sup>. They land to breed.</p>'


class Clock:
    """A clock that tests turn by hand."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def turn(self, **by):
        self.now += timedelta(**by)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def canary():
    """A wiki that nobody may ask."""
    with fake_wiki.serving() as other:
        yield other
    assert other.queries == []


@pytest.fixture
def wikipedia(settings):
    """The configured wiki, with one revision."""
    with fake_wiki.serving() as served:
        served.revisions[1207] = HTML
        settings.WIKI_URL = f"{served.url}/w/"
        yield served


@pytest.fixture
def content(wikipedia):
    return Content(
        category=Category.objects.get(key="closed_qa"),
        instruction="When do swifts sleep?",
        response="They sleep while they fly.",
        context=WORDS,
        passage_url=wikipedia.permalink(1207),
    )


@pytest.fixture
def writer(alice):
    make_grant(alice)
    return alice


def send(writer, content):
    return submissions.submit(writer, content, now=NOW).submission


def work(clock):
    """Do every job that is due, as a worker would."""
    for job in Job.objects.due(clock.now).order_by("id"):
        jobs.run(job.pk, job.attempt, owner="test", clock=clock)


def remarks():
    return list(Finding.objects.filter(rule="passage.unverified").values_list("severity", "field", "message"))


def verification():
    return Job.objects.get(kind="verify_passage")


NOT_THERE = [("warning", "context", "These words are not in revision 1207 of the page.")]


class TestVerify:
    def test_words_that_stand_in_the_revision_are_verified(self, writer, content, clock):
        send(writer, content)
        clock.turn(seconds=3)
        work(clock)
        assert (Passage.objects.get().verified_at, remarks()) == (clock.now, [])

    def test_asks_once_politely_by_number(self, writer, content, clock, wikipedia, settings):
        settings.VERSION, settings.CONTACT = "1.2.3", "équipe@flock.example"
        send(writer, content)
        work(clock)
        [query] = wikipedia.queries
        assert (query["action"], query["oldid"], query["maxlag"]) == ("parse", "1207", "5")
        assert {agent.encode("latin-1").decode() for agent in wikipedia.agents} == {
            "Flock/1.2.3 (équipe@flock.example)"
        }

    def test_markers_white_space_and_unicode_form_make_no_difference(self, writer, content, clock):
        send(writer, replace(content, context="Swifts sleep\r\n while\u00a0they fly[3]. "))
        work(clock)
        assert Passage.objects.get().verified_at == NOW

    def test_one_other_word_is_not_verified(self, writer, content, clock):
        submission = send(writer, replace(content, context=WORDS.replace("fly", "swim")))
        work(clock)
        submission.refresh_from_db()
        assert (Passage.objects.get().verified_at, remarks()) == (None, NOT_THERE)
        assert submission.state == State.IN_REVIEW

    @pytest.mark.parametrize("says", [None, (200, {}, fake_wiki.HIDDEN)], ids=["missing", "hidden"])
    def test_a_revision_that_is_not_there(self, writer, content, clock, wikipedia, says):
        wikipedia.revisions.clear()
        wikipedia.says = says
        send(writer, content)
        work(clock)
        message = "The wiki has no revision 1207, or does not show it."
        assert (Passage.objects.get().verified_at, remarks()) == (None, [("warning", "context", message)])

    def test_twice_is_once(self, writer, content, clock):
        send(writer, replace(content, context="Something else."))
        work(clock)
        Job.objects.update(state=Job.State.WAITING)
        work(clock)
        assert remarks() == NOT_THERE

    def test_what_the_wiki_said_before_is_replaced(self, writer, content, clock, wikipedia):
        wikipedia.revisions[1207] = ""
        send(writer, content)
        work(clock)
        wikipedia.revisions[1207] = HTML
        Job.objects.filter(kind="verify_passage").update(state=Job.State.WAITING)
        work(clock)
        assert (Passage.objects.get().verified_at, remarks()) == (NOW, [])

    def test_a_holder_that_was_away_too_long_writes_nothing(self, writer, content, clock):
        send(writer, content)
        zombie = jobs.claim(verification().pk, 0, owner="w1", clock=clock)
        clock.turn(minutes=5)
        jobs.sweep(now=clock.now)
        with pytest.raises(jobs.LostLease):
            wiki.handle(zombie)
        assert Passage.objects.get().verified_at is None


class TestBesideTheCheck:
    @pytest.mark.parametrize("order", ["kind", "-kind"], ids=["check first", "wiki first"])
    def test_neither_loses_what_the_other_found(self, writer, content, clock, order):
        send(writer, replace(content, context="Something else.[4]"))
        for _ in range(2):
            for job in Job.objects.order_by(order):
                jobs.run(job.pk, job.attempt, owner="test", clock=clock)
            Job.objects.update(state=Job.State.WAITING)
        rules = sorted(Finding.objects.values_list("rule", flat=True))
        assert rules == ["citation.marker", "passage.unverified"]


class TestWhoIsAsked:
    def test_not_for_a_page_of_another_wiki(self, writer, content, clock, wikipedia):
        url = "https://en.wikipedia.org/w/index.php?title=Swift&oldid=1207"
        send(writer, replace(content, passage_url=url))
        work(clock)
        assert (Job.objects.count(), Passage.objects.get().verified_at, wikipedia.queries) == (1, None, [])

    def test_not_for_a_page_without_its_revision(self, writer, content, clock, wikipedia):
        send(writer, replace(content, passage_url=f"{wikipedia.url}/wiki/Common_swift"))
        work(clock)
        assert (Job.objects.count(), Passage.objects.get().verified_at, wikipedia.queries) == (1, None, [])

    def test_not_for_a_passage_that_is_verified(self, writer, content, clock, wikipedia):
        send(writer, content)
        work(clock)
        send(writer, replace(content, instruction="How do swifts sleep?"))
        work(clock)
        assert (Passage.objects.count(), len(wikipedia.queries)) == (1, 1)

    def test_nobody_where_no_wiki_is_configured(self, writer, content, settings):
        settings.WIKI_URL = ""
        send(writer, replace(content, passage_url="https://en.wikipedia.org/w/index.php?oldid=1207"))
        assert [job.kind for job in Job.objects.all()] == ["check"]

    def test_neither_the_old_nor_the_new_wiki_after_a_change(
        self, writer, content, clock, wikipedia, canary, settings
    ):
        send(writer, content)
        settings.WIKI_URL = canary.url
        work(clock)
        assert (verification().state, remarks(), wikipedia.queries) == ("done", [], [])

    def test_a_redirect_is_not_followed(self, writer, content, clock, wikipedia, canary):
        wikipedia.says = (302, {"Location": f"{canary.url}/w/api.php"}, "")
        send(writer, content)
        work(clock)
        assert (verification().state, verification().attempt) == ("waiting", 0)

    @pytest.mark.parametrize(
        ("url", "api"),
        [
            ("https://en.wikipedia.org/w/", "https://en.wikipedia.org/w/api.php"),
            ("https://en.wikipedia.org/w", "https://en.wikipedia.org/w/api.php"),
            ("https://en.wikipedia.org", "https://en.wikipedia.org/w/api.php"),
            ("https://en.wikipedia.org/w/api.php", "https://en.wikipedia.org/w/api.php"),
            ("http://127.0.0.1:8080/api.php", "http://127.0.0.1:8080/api.php"),
            ("https://wiki.example/mediawiki/", "https://wiki.example/mediawiki/api.php"),
        ],
    )
    def test_the_address_may_be_the_folder_or_the_script(self, url, api):
        assert wiki.MediaWiki.at(url).api == api


BAD_ANSWERS = {
    "overloaded": (503, {}, "Try later."),
    "no such script": (404, {}, "What?"),
    "another error": (200, {}, {"error": {"code": "internal_api_error_X", "info": "!"}}),
    "no JSON": (200, {}, "<html>A proxy's page</html>"),
    "another form": (200, {}, ["what"]),
    "damaged": (200, {"Content-Encoding": "gzip"}, "not gzip"),
}


class TestAWikiThatIsAway:
    def test_is_waited_for_and_holds_up_nobody(self, writer, content, clock, settings):
        settings.WIKI_URL = "http://127.0.0.1:9/w/"
        submission = send(writer, replace(content, passage_url="http://127.0.0.1:9/w/index.php?oldid=1207"))
        work(clock)
        submission.refresh_from_db()
        assert (submission.state, remarks()) == (State.IN_REVIEW, [])
        assert (verification().state, verification().attempt) == ("waiting", 0)

    @pytest.mark.parametrize("says", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
    def test_is_believed_when_it_is_back(self, writer, content, clock, wikipedia, says):
        wikipedia.says = says
        send(writer, content)
        work(clock)
        assert (verification().state, verification().attempt) == ("waiting", 0)
        assert (Passage.objects.get().verified_at, remarks()) == (None, [])
        wikipedia.says = None
        clock.turn(minutes=1)
        work(clock)
        assert (Passage.objects.get().verified_at, verification().state) == (clock.now, "done")

    def test_the_waits_grow_to_an_hour_and_never_use_up_the_attempts(self, writer, content, clock, wikipedia):
        wikipedia.says = (503, {}, "")
        send(writer, content)
        waits = []
        for _ in range(9):
            work(clock)
            waits.append((verification().run_at - clock.now) // timedelta(minutes=1))
            clock.now = verification().run_at
        assert waits == [1, 1, 2, 4, 8, 16, 32, 60, 60]
        assert (len(wikipedia.queries), verification().attempt) == (9, 0)

    @pytest.mark.parametrize(
        ("says", "seconds"),
        [
            ((429, {"Retry-After": "300"}, ""), 300),
            ((200, {"Retry-After": "90"}, fake_wiki.LAG), 90),
            ((429, {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}, ""), 24 * 3600),
            ((429, {"Retry-After": "9" * 400}, ""), 24 * 3600),
            ((429, {"Retry-After": "0"}, ""), 60),
            ((429, {"Retry-After": "soon"}, ""), 60),
        ],
    )
    def test_is_asked_again_when_it_says_so(self, writer, content, clock, wikipedia, says, seconds):
        wikipedia.says = says
        send(writer, content)
        work(clock)
        assert verification().run_at == NOW + timedelta(seconds=seconds)

    def test_is_left_in_peace_by_all_jobs(self, writer, content, clock, wikipedia):
        wikipedia.says = (429, {"Retry-After": "300"}, "")
        send(writer, content)
        send(writer, replace(content, instruction="How do swifts sleep?", context="They land to breed."))
        work(clock)
        clock.turn(seconds=299)
        work(clock)
        assert len(wikipedia.queries) == 1
        wikipedia.says = None
        clock.turn(seconds=1)
        work(clock)
        assert Passage.objects.filter(verified_at=clock.now).count() == 2

    @pytest.mark.parametrize(
        ("limit", "value"), [("SILENCE_SECONDS", 0.1), ("ANSWER_SECONDS", 0), ("MAX_ANSWER_BYTES", 10)]
    )
    def test_an_answer_has_its_limits(self, writer, content, clock, wikipedia, monkeypatch, limit, value):
        monkeypatch.setattr(wiki, limit, value)
        wikipedia.is_slow = limit == "SILENCE_SECONDS"
        send(writer, content)
        work(clock)
        assert (verification().state, verification().attempt) == ("waiting", 0)


class TestThePages:
    def test_say_unverified_until_then(self, client, alice):
        client.force_login(alice)
        submission = make_submission(alice, category="closed_qa", passage=make_passage())
        page = text_of(client.get(reverse("crowd:submission", args=[submission.public_id])))
        assert "unverified" in page

    def test_say_verified_with_its_date(self, client, alice):
        client.force_login(alice)
        submission = make_submission(alice, category="closed_qa", passage=make_passage(verified_at=NOW))
        page = text_of(client.get(reverse("crowd:submission", args=[submission.public_id])))
        assert ("verified 4 Mar 2026" in page, "unverified" in page) == (True, False)

    def test_show_the_remark_beside_the_passage(self, client, writer, content, clock):
        send(writer, replace(content, context="Something else."))
        work(clock)
        client.force_login(writer)
        page = text_of(client.get(reverse("crowd:submission", args=[Submission.objects.get().public_id])))
        assert NOT_THERE[0][2] in page
