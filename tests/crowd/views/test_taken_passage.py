"""Paragraphs of the wiki are taken into a draft."""

import pytest

from crowd.models import Draft, Passage
from crowd.services import picker
from crowd.services import submission as submissions
from tests.support.factories import NOW, make_grant
from tests.support.pages import text_of
from tests.support.picking import kept, page_of, take, url
from tests.support.wiki import REVISION, WORDS, work

pytestmark = pytest.mark.django_db


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
        picker.take(draft, wiki, page, {1}, seen_edit=None, now=NOW)
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

    @pytest.mark.parametrize("places", [(0, 0), (1, 0, 1)])
    def test_a_paragraph_named_twice_is_taken_once(self, browse, draft, swifts, places):
        take(browse, draft, REVISION, *places)
        assert kept(draft)[0].count("Of birds.") == 1

    def test_of_more_than_a_passage_may_have_is_refused(self, browse, draft, swifts):
        swifts.revisions[REVISION] = f"<p>{'bird ' * 10_000}</p><p>bird</p>"
        page = take(browse, draft, REVISION, 0, 1)
        assert "50,005 characters" in text_of(page)
        assert kept(draft) == ("", "")

    def test_opened_by_its_address_leads_back_to_the_search(self, browse, draft, swifts):
        answer = browse(draft.person).get(url(draft, "take-passage"))
        assert answer.headers["Location"] == url(draft)


class TestTakingIntoADraftThatChangedMeanwhile:
    def test_replaces_no_passage_that_was_not_seen(self, browse, draft, swifts):
        Draft.objects.filter(pk=draft.pk).update(edit=9, context="Typed meanwhile.")
        page = take(browse, draft, REVISION, 0, edit=0)
        assert "another passage" in text_of(page)
        assert kept(draft) == ("Typed meanwhile.", "")

    def test_replaces_it_when_asked_again(self, browse, draft, swifts):
        Draft.objects.filter(pk=draft.pk).update(edit=9, context="Typed meanwhile.")
        page = take(browse, draft, REVISION, 0, edit=0)
        assert "They replace the passage" in text_of(page)
        assert page.content.count(b"checked") == 1
        take(browse, draft, REVISION, 0, edit=page.context["draft"].edit)
        assert kept(draft)[0] == "Of birds."

    def test_takes_where_there_is_no_passage_to_replace(self, browse, draft, swifts):
        Draft.objects.filter(pk=draft.pk).update(edit=9, response="Typed meanwhile.")
        take(browse, draft, REVISION, 0, edit=0)
        assert (kept(draft)[0], draft.response) == ("Of birds.", "Typed meanwhile.")

    def test_is_no_matter_to_a_double_click(self, browse, draft, swifts):
        for _click in range(2):
            page = take(browse, draft, REVISION, 0, edit=0)
            assert "is in your draft" in text_of(page)

    def test_takes_others_of_the_same_page_after_the_way_back(self, browse, draft, swifts):
        take(browse, draft, REVISION, 0, 1, edit=0)
        take(browse, draft, REVISION, 1, edit=0)
        assert kept(draft)[0] == f"{WORDS} They land to breed."

    @pytest.mark.parametrize("edit", ["", "x", "-1", "9" * 40])
    def test_without_saying_what_was_seen_replaces_nothing(self, browse, draft, swifts, edit):
        Draft.objects.filter(pk=draft.pk).update(context="Typed.")
        take(browse, draft, REVISION, 0, edit=edit)
        assert kept(draft)[0] == "Typed."

    def test_in_the_same_moment_replaces_nothing(self, browse, draft, swifts, monkeypatch):
        taken = picker.take

        def take_late(some, *rest, **named):
            Draft.objects.filter(pk=some.pk).update(edit=9, context="Newer.")
            return taken(some, *rest, **named)

        monkeypatch.setattr(picker, "take", take_late)
        assert "another passage" in text_of(take(browse, draft, REVISION, 0))
        assert kept(draft)[0] == "Newer."

    def test_is_not_there_when_it_was_sent_in_the_same_moment(self, browse, draft, swifts, monkeypatch):
        taken = picker.take

        def take_late(some, *rest, **named):
            Draft.objects.filter(pk=some.pk).delete()
            return taken(some, *rest, **named)

        monkeypatch.setattr(picker, "take", take_late)
        assert take(browse, draft, REVISION, 0).status_code == 404
