"""A passage is found on the wiki, in a real browser with a wiki that answers."""

import pytest
from playwright.sync_api import expect

from tests.support import fake_wiki
from tests.support.browser import PHONE

pytestmark = pytest.mark.journey

PASSWORD = "correct horse battery"
PAGE = "<p>Swifts are birds.<sup class='reference'>[1]</sup></p><p>They sleep while they fly.</p><h2>Nests</h2><p>Of straw.</p>"


@pytest.fixture(scope="module")
def wiki():
    with fake_wiki.serving() as wiki:
        wiki.revisions[1207] = PAGE
        wiki.pages["Common swift"] = 1207
        yield wiki


@pytest.fixture(scope="module")
def site(start_site, wiki):
    site = start_site("picked", "--no-demo", FLOCK_WIKI_URL=f"{wiki.url}/w/")
    site.manage("create_person", "alice@flock.example", "--role", "contributor", "--password", PASSWORD)
    return site


@pytest.fixture
def sign_in(site):
    """Signs a page in, on the draft of a question about a passage."""

    def sign_in(page):
        page.goto(f"{site.url}/accounts/login/?next=/")
        page.locator("[name=login]").fill("alice@flock.example")
        page.locator("[name=password]").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.locator("form[action='/write/closed_qa/'] button").click()
        return page

    return sign_in


class TestPicking:
    @pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
    def test_brings_the_passage_and_keeps_what_was_typed(self, wiki, open_page, sign_in, script):
        page = sign_in(open_page(viewport=PHONE, java_script_enabled=script))
        page.get_by_label("Instruction").fill("When do swifts sleep?")
        page.get_by_role("button", name="Find a passage").click()
        page.get_by_label("Title, words or address").fill("swift")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="Common swift").click()
        page.get_by_text("Swifts are birds.").click()
        page.get_by_text("They sleep while they fly.").click()
        page.get_by_role("button", name="Take these paragraphs").click()
        expect(page.get_by_role("textbox", name="Passage")).to_have_value(
            "Swifts are birds.\n\nThey sleep while they fly."
        )
        expect(page.get_by_label("Page address")).to_have_value(f"{wiki.url}/w/index.php?oldid=1207")
        expect(page.get_by_label("Instruction")).to_have_value("When do swifts sleep?")
        # Nor does the browser offer the text of before it again.
        expect(page.get_by_role("button", name="Bring back")).to_be_hidden()
        page.get_by_role("button", name="Save draft").click()
        expect(page.get_by_text("Saved.").first).to_be_visible()

    def test_loses_nothing_that_another_window_could_not_save(self, page, sign_in):
        sign_in(page).get_by_label("Instruction").fill("When do swifts sleep?")
        page.get_by_role("button", name="Save draft").click()
        expect(page.get_by_text("Saved.").first).to_be_visible()
        other = page.context.new_page()
        other.goto(f"{page.url}passage/?title=Common+swift")
        page.context.route("**/autosave/", lambda route: route.abort())
        page.get_by_label("Response").fill("On the wing.")
        expect(page.get_by_text("Not saved")).to_be_visible()
        page.close()
        other.get_by_text("Swifts are birds.").click()
        other.get_by_role("button", name="Take these paragraphs").click()
        other.get_by_role("button", name="Bring back").click()
        expect(other.get_by_label("Response")).to_have_value("On the wing.")
