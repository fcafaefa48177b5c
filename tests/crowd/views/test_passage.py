"""A passage is found on the wiki and taken into a draft."""

from urllib.parse import quote

import pytest
from django.urls import reverse

from crowd.models import Draft, Passage
from crowd.services import picker
from crowd.services import submission as submissions
from crowd.services.drafts import TEXT_FIELDS
from tests.support.factories import NOW, make_draft, make_grant, make_person
from tests.support.pages import text_of
from tests.support.wiki import REVISION, WORDS, work

pytestmark = pytest.mark.django_db

LONG = "<p>Barn swallows nest in barns.</p>"
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


@pytest.fixture
def swifts(wikipedia):
    """The wiki, with pages that can be found."""
    wikipedia.revisions |= {8: LONG, 9: "<ul><li>Apus apus</li></ul>"}
    wikipedia.pages |= {"Common swift": REVISION, "Barn swallow": 8, "List of swifts": 9}
    wikipedia.redirects["Apus apus"] = "Common swift"
    return wikipedia


@pytest.fixture
def draft(alice):
    return make_draft(alice, category="closed_qa", instruction="When do swifts sleep?")


def url(draft, name="passage", **query):
    return reverse(f"crowd:{name}", kwargs={"public_id": draft.public_id}, query=query or None)


def kept(draft):
    draft.refresh_from_db()
    return draft.context, draft.passage_url


def page_of(browse, draft, **query):
    return browse(draft.person).get(url(draft, **query))


def take(browse, draft, revision, *places):
    return browse(draft.person).post(
        url(draft, "take-passage"), {"revision": revision, "paragraph": places}, follow=True
    )


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


class TestTaking:
    def test_paragraphs_go_into_the_draft_with_their_revision(self, browse, draft, swifts):
        page = take(browse, draft, REVISION, 0, 1)
        assert kept(draft) == (
            f"Of birds.\n\n{WORDS} They land to breed.",
            f"{swifts.url}/w/index.php?oldid={REVISION}",
        )
        assert draft.instruction == "When do swifts sleep?"
        assert "The passage from “Common swift” is in your draft." in text_of(page)

    def test_what_was_taken_is_verified_when_it_is_sent(self, draft, swifts, clock):
        wiki = picker.source()
        page = picker.article_at(wiki, REVISION, person=draft.person, now=NOW)
        picker.take(draft, wiki, page, {1}, now=NOW)
        make_grant(draft.person)
        content = submissions.Content(
            draft.category, draft.instruction, "On the wing.", draft.context, draft.passage_url
        )
        submissions.submit(draft.person, content, now=NOW)
        work(clock)
        passage = Passage.objects.get()
        assert (passage.revision_id, passage.title, passage.verified_at) == (REVISION, "Common swift", NOW)

    @pytest.mark.parametrize("by", ["title", "q"])
    def test_a_page_is_fetched_once(self, browse, draft, swifts, by):
        page_of(browse, draft, **{by: "Common swift" if by == "title" else swifts.permalink(REVISION)})
        take(browse, draft, REVISION, 0)
        assert len(swifts.queries) == 1

    def test_one_page_is_kept_for_a_person(self, browse, draft, swifts):
        for title in ("Common swift", "Barn swallow"):
            page_of(browse, draft, title=title)
        take(browse, draft, REVISION, 0)
        assert (kept(draft)[0], len(swifts.queries)) == ("Of birds.", 3)

    def test_a_long_page_is_fetched_again(self, browse, draft, swifts, monkeypatch):
        monkeypatch.setattr(picker, "_MOST_KEPT_CHARS", 10)
        page_of(browse, draft, title="Common swift")
        take(browse, draft, REVISION, 0)
        assert (kept(draft)[0], len(swifts.queries)) == ("Of birds.", 2)

    def test_paragraphs_that_are_apart_are_refused_and_stay_chosen(self, browse, draft, swifts):
        swifts.revisions[REVISION] = "<p>One.</p><h2>Then</h2><p>Two.</p>"
        page = take(browse, draft, REVISION, 0, 1)
        assert "Something stands between these paragraphs." in text_of(page)
        assert page.content.count(b"checked") == 2
        assert kept(draft) == ("", "")

    @pytest.mark.parametrize("places", [[], ["99"], ["x"], ["-1"]])
    def test_of_nothing_or_nonsense_is_refused(self, browse, draft, swifts, places):
        page = take(browse, draft, REVISION, *places)
        assert page.status_code == 200
        assert page.context["form"].errors
        assert kept(draft) == ("", "")

    @pytest.mark.parametrize("revision", ["", "0", "x", "-1", "1e3", "9" * 40, "٣"])
    def test_of_a_revision_that_is_no_number_is_not_there(self, browse, draft, swifts, revision):
        assert take(browse, draft, revision, 0).status_code == 404

    def test_of_a_revision_that_is_gone_is_said(self, browse, draft, swifts):
        assert "No such page" in text_of(take(browse, draft, 4, 0))

    def test_is_refused_to_an_older_draft_of_another_window(self, browse, draft, swifts, monkeypatch):
        taken = picker.take

        def take_late(some, *rest, **named):
            Draft.objects.filter(pk=some.pk).update(edit=9, context="Newer.")
            return taken(some, *rest, **named)

        monkeypatch.setattr(picker, "take", take_late)
        assert "changed in another tab" in text_of(take(browse, draft, REVISION, 0))
        assert kept(draft)[0] == "Newer."


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
