from dataclasses import replace
from datetime import timedelta

import pytest

from crowd.domain.workflow import State
from crowd.models import Passage
from crowd.services import mediawiki, wiki
from tests.support import fake_wiki
from tests.support.factories import NOW
from tests.support.wiki import remarks, send, verification, work

BAD_ANSWERS = {
    "overloaded": (503, {}, "Try later."),
    "no such script": (404, {}, "What?"),
    "another error": (200, {}, {"error": {"code": "internal_api_error_X", "info": "!"}}),
    "no JSON": (200, {}, "<html>A proxy's page</html>"),
    "another form": (200, {}, ["what"]),
    "damaged": (200, {"Content-Encoding": "gzip"}, "not gzip"),
}


class TestAWikiThatIsAway:
    def test_is_waited_for_and_holds_up_nobody(self, writer, quoting, clock, settings):
        settings.WIKI_URL = "http://127.0.0.1:9/w/"
        submission = send(writer, replace(quoting, passage_url="http://127.0.0.1:9/w/index.php?oldid=1207"))
        work(clock)
        submission.refresh_from_db()
        assert (submission.state, remarks()) == (State.IN_REVIEW, [])
        assert (verification().state, verification().attempt) == ("waiting", 0)

    @pytest.mark.parametrize("says", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
    def test_is_believed_when_it_is_back(self, writer, quoting, clock, wikipedia, says):
        wikipedia.says = says
        send(writer, quoting)
        work(clock)
        assert (verification().state, verification().attempt) == ("waiting", 0)
        assert (Passage.objects.get().verified_at, remarks()) == (None, [])
        wikipedia.says = None
        clock.turn(minutes=1)
        work(clock)
        assert (Passage.objects.get().verified_at, verification().state) == (clock.now, "done")

    def test_the_waits_grow_to_an_hour_and_never_use_up_the_attempts(self, writer, quoting, clock, wikipedia):
        wikipedia.says = (503, {}, "")
        send(writer, quoting)
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
    def test_is_asked_again_when_it_says_so(self, writer, quoting, clock, wikipedia, says, seconds):
        wikipedia.says = says
        send(writer, quoting)
        work(clock)
        assert verification().run_at == NOW + timedelta(seconds=seconds)

    def test_is_left_in_peace_by_all_jobs(self, writer, quoting, clock, wikipedia):
        wikipedia.says = (429, {"Retry-After": "300"}, "")
        send(writer, quoting)
        send(writer, replace(quoting, instruction="How do swifts sleep?", context="They land to breed."))
        work(clock)
        clock.turn(seconds=299)
        work(clock)
        assert len(wikipedia.queries) == 1
        wikipedia.says = None
        clock.turn(seconds=1)
        work(clock)
        assert Passage.objects.filter(verified_at=clock.now).count() == 2

    @pytest.mark.parametrize(
        ("patience", "most_bytes"), [({"silence": 0.1}, 1_000), ({"answer": 0}, 1_000), ({}, 10)]
    )
    def test_an_answer_has_its_limits(
        self, writer, quoting, clock, wikipedia, monkeypatch, patience, most_bytes
    ):
        monkeypatch.setattr(wiki, "OF_A_JOB", wiki.OF_A_JOB._replace(**patience))
        monkeypatch.setattr(mediawiki, "MAX_ANSWER_BYTES", most_bytes)
        wikipedia.is_slow = "silence" in patience
        send(writer, quoting)
        work(clock)
        assert (verification().state, verification().attempt) == ("waiting", 0)
