"""What a passage's page is called is the wiki's to say: whoever quotes the same passage reads it, and releases print it."""

from dataclasses import replace

import pytest

from crowd.models import Passage
from tests.support.factories import NOW
from tests.support.wiki import REVISION, send, work

TITLES = ["Common_swift", "Something_else", "Buy_my_book"]


def titles():
    return list(Passage.objects.values_list("title", flat=True))


class TestTitle:
    @pytest.mark.parametrize("title", TITLES)
    def test_of_a_revision_is_the_wikis_once_it_was_asked(self, writer, wikipedia, quoting, clock, title):
        send(writer, replace(quoting, passage_url=wikipedia.permalink(REVISION, title)))
        assert titles() == [""]
        work(clock)
        passage = Passage.objects.get()
        assert (passage.title, passage.page_id, passage.verified_at) == ("Common swift", 7, NOW)

    def test_of_words_that_do_not_stand_there_stays_unknown(self, writer, quoting, clock):
        send(writer, replace(quoting, context="Buy my book."))
        work(clock)
        assert titles() == [""]

    def test_of_an_address_without_revision_is_in_the_address(self, writer, wikipedia, quoting, clock):
        send(writer, replace(quoting, passage_url=f"{wikipedia.url}/wiki/Common_swift"))
        work(clock)
        assert titles() == ["Common swift"]


class TestIdentity:
    def test_one_revision_is_one_passage_however_it_is_called(self, writer, wikipedia, quoting):
        for title in TITLES:
            url = wikipedia.permalink(REVISION, title)
            send(writer, replace(quoting, instruction=f"When does it sleep, {title}?", passage_url=url))
        assert Passage.objects.count() == 1

    def test_two_pages_without_revision_are_two(self, writer, wikipedia, quoting):
        for title in TITLES[:2]:
            url = f"{wikipedia.url}/wiki/{title}"
            send(writer, replace(quoting, instruction=f"When does it sleep, {title}?", passage_url=url))
        assert sorted(titles()) == ["Common swift", "Something else"]
