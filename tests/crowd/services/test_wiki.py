from dataclasses import replace

import pytest

from crowd.domain.workflow import State
from crowd.models import Finding, Job, Passage
from crowd.services import jobs, sweeper, wiki
from tests.support import fake_wiki
from tests.support.factories import NOW
from tests.support.wiki import HTML, NOT_THERE, WORDS, remarks, send, verification, work


@pytest.fixture
def canary():
    """A wiki that nobody may ask."""
    with fake_wiki.serving() as other:
        yield other
    assert other.queries == []


class TestVerify:
    def test_words_that_stand_in_the_revision_are_verified(self, writer, quoting, clock):
        send(writer, quoting)
        clock.turn(seconds=3)
        work(clock)
        assert (Passage.objects.get().verified_at, remarks()) == (clock.now, [])

    @pytest.mark.parametrize(
        ("saved_at", "licence"),
        [("2023-06-06T23:59:59Z", "CC-BY-SA-3.0"), ("2023-06-07T00:00:00Z", "CC-BY-SA-4.0")],
    )
    def test_the_day_on_which_it_was_saved_decides_its_licence(
        self, writer, quoting, clock, wikipedia, saved_at, licence
    ):
        wikipedia.saved_at = saved_at
        send(writer, quoting)
        assert Passage.objects.get().licence == "CC-BY-SA-4.0"
        work(clock)
        assert (Passage.objects.get().verified_at, Passage.objects.get().licence) == (NOW, licence)

    def test_a_day_that_cannot_be_read_is_no_answer(self, writer, quoting, clock, wikipedia):
        wikipedia.saved_at = "the other day"
        send(writer, quoting)
        work(clock)
        assert (Passage.objects.get().verified_at, verification().state) == (None, "waiting")

    def test_asks_once_politely_by_number(self, writer, quoting, clock, wikipedia, settings):
        settings.VERSION, settings.CONTACT = "1.2.3", "équipe@flock.example"
        send(writer, quoting)
        work(clock)
        page, date = wikipedia.queries
        assert (page["action"], page["oldid"], page["maxlag"]) == ("parse", "1207", "5")
        assert (date["action"], date["revids"], date["maxlag"]) == ("query", "1207", "5")
        assert {agent.encode("latin-1").decode() for agent in wikipedia.agents} == {
            "Flock/1.2.3 (équipe@flock.example)"
        }

    def test_markers_white_space_and_unicode_form_make_no_difference(self, writer, quoting, clock):
        send(writer, replace(quoting, context="Swifts sleep\r\n while\u00a0they fly[3]. "))
        work(clock)
        assert Passage.objects.get().verified_at == NOW

    def test_one_other_word_is_not_verified(self, writer, quoting, clock):
        submission = send(writer, replace(quoting, context=WORDS.replace("fly", "swim")))
        work(clock)
        submission.refresh_from_db()
        assert (Passage.objects.get().verified_at, remarks()) == (None, NOT_THERE)
        assert submission.state == State.IN_REVIEW

    @pytest.mark.parametrize("says", [None, (200, {}, fake_wiki.HIDDEN)], ids=["missing", "hidden"])
    def test_a_revision_that_is_not_there(self, writer, quoting, clock, wikipedia, says):
        wikipedia.revisions.clear()
        wikipedia.says = says
        send(writer, quoting)
        work(clock)
        message = "The wiki has no revision 1207, or does not show it."
        assert (Passage.objects.get().verified_at, remarks()) == (None, [("warning", "context", message)])

    def test_twice_is_once(self, writer, quoting, clock):
        send(writer, replace(quoting, context="Something else."))
        work(clock)
        Job.objects.update(state=Job.State.WAITING)
        work(clock)
        assert remarks() == NOT_THERE

    def test_what_the_wiki_said_before_is_replaced(self, writer, quoting, clock, wikipedia):
        wikipedia.revisions[1207] = ""
        send(writer, quoting)
        work(clock)
        wikipedia.revisions[1207] = HTML
        Job.objects.filter(kind="verify_passage").update(state=Job.State.WAITING)
        work(clock)
        assert (Passage.objects.get().verified_at, remarks()) == (NOW, [])

    def test_a_holder_that_was_away_too_long_writes_nothing(self, writer, quoting, clock):
        send(writer, quoting)
        zombie = jobs.claim(verification().pk, 0, owner="w1", clock=clock)
        clock.turn(minutes=5)
        sweeper.sweep(now=clock.now)
        with pytest.raises(jobs.LostLease):
            wiki.handle(zombie)
        assert Passage.objects.get().verified_at is None


class TestBesideTheCheck:
    @pytest.mark.parametrize("order", ["kind", "-kind"], ids=["check first", "wiki first"])
    def test_neither_loses_what_the_other_found(self, writer, quoting, clock, order):
        send(writer, replace(quoting, context="Something else.[4]"))
        for _ in range(2):
            for job in Job.objects.order_by(order):
                jobs.run(job.pk, job.attempt, owner="test", clock=clock)
            Job.objects.update(state=Job.State.WAITING)
        rules = sorted(Finding.objects.values_list("rule", flat=True))
        assert rules == ["citation.marker", "passage.unverified"]


class TestWhoIsAsked:
    def test_not_for_a_page_of_another_wiki(self, writer, quoting, clock, wikipedia):
        url = "https://en.wikipedia.org/w/index.php?title=Swift&oldid=1207"
        send(writer, replace(quoting, passage_url=url))
        work(clock)
        assert (Job.objects.count(), Passage.objects.get().verified_at, wikipedia.queries) == (1, None, [])

    def test_not_for_a_page_without_its_revision(self, writer, quoting, clock, wikipedia):
        send(writer, replace(quoting, passage_url=f"{wikipedia.url}/wiki/Common_swift"))
        work(clock)
        assert (Job.objects.count(), Passage.objects.get().verified_at, wikipedia.queries) == (1, None, [])

    def test_not_for_a_passage_that_is_verified(self, writer, quoting, clock, wikipedia):
        send(writer, quoting)
        work(clock)
        send(writer, replace(quoting, instruction="How do swifts sleep?"))
        work(clock)
        assert (Passage.objects.count(), len(wikipedia.queries)) == (1, 2)

    def test_nobody_where_no_wiki_is_configured(self, writer, quoting, settings):
        settings.WIKI_URL = ""
        send(writer, replace(quoting, passage_url="https://en.wikipedia.org/w/index.php?oldid=1207"))
        assert [job.kind for job in Job.objects.all()] == ["check"]

    def test_neither_the_old_nor_the_new_wiki_after_a_change(
        self, writer, quoting, clock, wikipedia, canary, settings
    ):
        send(writer, quoting)
        settings.WIKI_URL = canary.url
        work(clock)
        assert (verification().state, remarks(), wikipedia.queries) == ("done", [], [])

    def test_a_redirect_is_not_followed(self, writer, quoting, clock, wikipedia, canary):
        wikipedia.says = (302, {"Location": f"{canary.url}/w/api.php"}, "")
        send(writer, quoting)
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
        assert wiki.MediaWiki.at(url, patience=wiki.OF_A_JOB).api == api
