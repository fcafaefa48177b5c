"""A passage is found on the wiki."""

from urllib.parse import quote

import pytest
from django.urls import reverse

from crowd.services import picker
from crowd.services.drafts import TEXT_FIELDS
from tests.support.factories import make_draft, make_person
from tests.support.pages import text_of
from tests.support.picking import kept, page_of, take, url
from tests.support.wiki import REVISION

pytestmark = pytest.mark.django_db

AWAY = "does not answer at the moment"
BAD_HITS = [
    {"title": 7},
    {"title": "\ud800", "snippet": ""},
    {"title": "x", "snippet": "\ud800"},
    {"title": "\0", "snippet": ""},
]
BAD_PAGES = [
    *({"revid": revision} for revision in (True, 0, -5, 10**30, "5")),
    *({"title": title} for title in ("a\ud800", "a\0", None)),
    *({"text": html} for html in ("<p>a\ud800</p>", "<p>a\0</p>", ["<p>a</p>"])),
]


class TestTheWayThere:
    def test_is_on_the_draft_of_a_category_with_a_passage(self, browse, draft, swifts):
        assert f"Find a passage on {swifts.host}" in text_of(browse(draft.person).get(url(draft, "draft")))

    def test_is_not_there_without_a_wiki(self, browse, draft):
        assert "Find a passage" not in text_of(browse(draft.person).get(url(draft, "draft")))
        assert page_of(browse, draft).status_code == 404

    def test_is_not_there_for_a_category_without_a_passage(self, browse, alice, swifts):
        draft = make_draft(alice)
        assert "Find a passage" not in text_of(browse(alice).get(url(draft, "draft")))
        assert page_of(browse, draft).status_code == 404

    def test_keeps_what_was_typed(self, browse, draft):
        typed = dict.fromkeys(TEXT_FIELDS, "") | {"instruction": "When?", "response": "At night.", "edit": 0}
        answer = browse(draft.person).post(url(draft, "pick"), typed)
        assert answer.headers["Location"] == url(draft)
        draft.refresh_from_db()
        assert (draft.instruction, draft.response) == ("When?", "At night.")

    def test_leads_to_the_page_whose_address_was_typed(self, browse, draft, swifts):
        typed = dict.fromkeys(TEXT_FIELDS, "") | {"passage_url": swifts.permalink(REVISION), "edit": 0}
        page = browse(draft.person).post(url(draft, "pick"), typed, follow=True)
        assert page.context["article"].title == "Common swift"

    def test_overwrites_no_other_window(self, browse, draft):
        draft.edit = 3
        draft.save()
        answer = browse(draft.person).post(url(draft, "pick"), {"instruction": "Mine", "edit": 2})
        assert answer.status_code == 409
        assert "Mine" in text_of(answer)

    def test_with_an_expired_session_loses_nothing(self, browse, draft):
        client = browse()
        typed = dict.fromkeys(TEXT_FIELDS, "") | {"instruction": "Typed meanwhile", "edit": 0}
        sign_in = client.post(url(draft, "pick"), typed)
        assert sign_in.headers["Location"] == f"{reverse('account_login')}?next={url(draft, 'draft')}"
        assert client.session[f"unsaved:{draft.public_id}"]["instruction"] == "Typed meanwhile"

    @pytest.mark.parametrize("name", ["pick", "passage", "take-passage"])
    def test_is_closed_to_others(self, browse, draft, swifts, name):
        client = browse(make_person("eve@flock.example"))
        ask = client.get if name == "passage" else client.post
        assert ask(url(draft, name)).status_code == 404


class TestFinding:
    def test_pages_by_words(self, browse, draft, swifts):
        page = page_of(browse, draft, q=" swift ")
        found = [(hit.title, hit.excerpt) for hit in page.context["hits"]]
        assert found == [(title, f"{title} & kin") for title in ("Common swift", "List of swifts")]
        assert f'href="{url(draft)}?q=+swift+&amp;title=Common+swift"' in page.content.decode()

    @pytest.mark.parametrize("title", ["Common swift", "Apus apus"])
    def test_a_page_by_title(self, browse, draft, swifts, title):
        assert page_of(browse, draft, title=title).context["article"].revision_id == REVISION

    @pytest.mark.parametrize(
        "path", ["/wiki/Common_swift", f"/w/index.php?oldid={REVISION}", "/wiki/Apus_apus"]
    )
    def test_a_page_by_address(self, browse, draft, swifts, path):
        assert page_of(browse, draft, q=swifts.url + path).context["article"].title == "Common swift"

    @pytest.mark.parametrize(
        "query", [{"q": "no such words"}, {"title": "Nothing"}, {"q": "/w/index.php?oldid=4"}]
    )
    def test_nothing(self, browse, draft, swifts, query):
        query = {name: swifts.url + said if said.startswith("/") else said for name, said in query.items()}
        assert "No such page" in text_of(page_of(browse, draft, **query))

    def test_a_page_says_where_its_paragraphs_are_apart(self, browse, draft, swifts):
        swifts.revisions[REVISION] = (
            "<p>One.</p><p>Two.</p><ul><li>x</li></ul><p>Three.</p><h2>Then</h2><p>Four.</p>"
        )
        page = page_of(browse, draft, title="Common swift")
        marked = [bool(one.between) for _heading, offered in page.context["sections"] for one in offered]
        assert marked == [False, False, True, False]
        assert text_of(page).count("stands here") == 1

    def test_a_page_without_running_text(self, browse, draft, swifts):
        assert "no running text" in text_of(page_of(browse, draft, title="List of swifts"))

    @pytest.mark.parametrize("query", [{}, {"q": " "}])
    def test_no_words_ask_nobody(self, browse, draft, swifts, query):
        assert "No such page" not in text_of(page_of(browse, draft, **query))
        assert swifts.queries == []

    @pytest.mark.parametrize(
        "words",
        ["https://de.wikipedia.org/wiki/Mauersegler", "https://en.wikipedia.org/wiki/Common_swift"],
    )
    def test_a_page_of_another_wiki_asks_nobody(self, browse, draft, swifts, words):
        assert f"not on {swifts.host}" in text_of(page_of(browse, draft, q=words))
        assert swifts.queries == []

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ("http://169.254.169.254/latest/", "should look like https://en.wikipedia.org/wiki/Title"),
            (
                "https://evil.example/w/index.php?oldid=1",
                "should look like https://en.wikipedia.org/wiki/Title",
            ),
            (
                "https://en.wikipedia.org.evil.example/wiki/Swift",
                "should look like https://en.wikipedia.org/wiki/Title",
            ),
            ("https://ｅｎ.wikipedia.org/wiki/Swift", "should look like https://en.wikipedia.org/wiki/Title"),
            (
                "https://en.wikipedia.org:8443/wiki/Swift",
                "should look like https://en.wikipedia.org/wiki/Title",
            ),
            ("https://me:secret@en.wikipedia.org/wiki/Swift", "user name or a password"),
            ("file:///etc/passwd", "must begin with https://"),
            ("http://[", "cannot be read"),
            ("https://en.wikipedia.org/w/index.php?oldid=x", "must be a number"),
            ("https://en.wikipedia.org/wiki/Special:Random", "special page"),
        ],
    )
    def test_another_address_is_refused_and_asks_nobody(self, browse, draft, swifts, words, said):
        assert said in text_of(page_of(browse, draft, q=words))
        assert swifts.queries == []

    def test_an_address_may_be_long(self, browse, draft, swifts):
        title = "Чёрный стриж " * 9 + "летит"
        swifts.pages[title] = REVISION
        address = f"{swifts.url}/wiki/{quote(title.replace(' ', '_'))}"
        assert len(address) > picker.MAX_WORDS_CHARS
        assert page_of(browse, draft, q=address).context["article"].revision_id == REVISION

    def test_an_address_may_lack_its_beginning(self, browse, draft, swifts):
        page = page_of(browse, draft, q=f"{swifts.host}/wiki/Common_swift")
        assert page.context["article"].revision_id == REVISION

    @pytest.mark.parametrize("title", ["x" * 256, "x" * 100_000])
    def test_a_title_longer_than_any_asks_nobody(self, browse, draft, swifts, title):
        assert "No such page" in text_of(page_of(browse, draft, title=title))
        assert swifts.queries == []

    @pytest.mark.parametrize("words", ["x" * 10_000, "a\x00b", "<script>alert(1)</script>", "\u202e\u0301"])
    def test_odd_words_do_no_harm(self, browse, draft, swifts, words):
        page = page_of(browse, draft, q=words)
        assert page.status_code == 200
        assert b"<script>alert" not in page.content


class TestAWikiThatIsAway:
    @pytest.mark.parametrize(
        "says",
        [
            (503, {}, ""),
            (301, {"Location": "http://127.0.0.1:1/"}, ""),
            (200, {}, "<html>"),
            (200, {}, "[" * 200_000),
            *((200, {}, {"query": {"search": [hit]}}) for hit in BAD_HITS),
        ],
    )
    def test_is_said_and_asked_again_when_somebody_tries_again(self, browse, draft, swifts, says):
        swifts.says = says
        assert AWAY in text_of(page_of(browse, draft, q="swift"))
        swifts.says = None
        assert page_of(browse, draft, q="swift").context["hits"]

    @pytest.mark.parametrize("bad", BAD_PAGES)
    def test_is_not_believed_whatever_it_says_of_a_page(self, browse, draft, swifts, bad):
        swifts.says = (
            200,
            {},
            {"parse": {"title": "Swift", "pageid": 7, "revid": 5, "text": "<p>x</p>"} | bad},
        )
        assert AWAY in text_of(page_of(browse, draft, title="Common swift"))
        assert AWAY in text_of(take(browse, draft, 5, 0))
        assert kept(draft) == ("", "")

    @pytest.mark.parametrize(
        "date", ["Mon, 01 Jan 99999999999999 00:00:00 GMT", "1 Jan 2024 00:00 +" + "9" * 20]
    )
    def test_may_name_an_impossible_time(self, browse, draft, swifts, date):
        swifts.says = (429, {"Retry-After": date, "Date": "Mon, 01 Jan 2024 00:00:00 GMT"}, "")
        assert AWAY in text_of(page_of(browse, draft, q="swift"))

    def test_is_left_in_peace_for_as_long_as_it_says(self, browse, draft, swifts):
        swifts.says = (429, {"Retry-After": "300"}, "")
        assert AWAY in text_of(page_of(browse, draft, q="swift"))
        swifts.says = None
        assert AWAY in text_of(page_of(browse, draft, q="swift"))
        assert AWAY in text_of(take(browse, draft, REVISION, 0))
        assert len(swifts.queries) == 1

    def test_keeps_a_few_threads_waiting_at_most(self, browse, draft, swifts):
        with picker._AT_ONCE, picker._AT_ONCE:
            assert "Others are looking" in text_of(page_of(browse, draft, q="swift"))
        assert swifts.queries == []
        assert page_of(browse, draft, q="swift").context["hits"]

    def test_that_is_slow_is_not_waited_for_long(self, browse, draft, swifts, monkeypatch):
        monkeypatch.setattr(picker, "OF_A_PERSON", picker.OF_A_PERSON._replace(silence=0.2))
        swifts.is_slow = True
        assert AWAY in text_of(page_of(browse, draft, q="swift"))
