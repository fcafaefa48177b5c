"""The whole loop as its people go through it: written, checked, reviewed, released, learnt by a model that answers."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.browser import PHONE

pytestmark = pytest.mark.journey

PASSWORD = "correct horse battery"
PEOPLE = {"alice": "contributor", "rita": "reviewer", "adam": "admin"}
PAGE = "https://en.wikipedia.org/w/index.php?title=Common_swift&oldid=1207"
PASSAGE = (
    "The common swift spends most of its life in the air. It eats, drinks and even sleeps while it flies."
)
PAIRS = [
    ("open_qa", "Which planets have no moons?", "Only Mercury and Venus have no moons."),
    (
        "brainstorming",
        "Name three uses for an old jam jar.",
        "A vase, a lantern and a home for loose buttons.",
    ),
    ("classification", "Sort by size: ant, whale, cat.", "Small: ant. Middle: cat. Large: whale."),
    (
        "creative_writing",
        "Write one line about rain without the word wet.",
        "The roof is learning to drum again.",
    ),
]
QUESTION = "Where does the common swift sleep?"
ANSWER = "In the air, while it flies."
SMOKE_PATIENCE_MS = 240_000


@pytest.fixture(scope="module")
def site(start_site):
    site = start_site("whole-loop", "--no-demo")
    for name, role in PEOPLE.items():
        site.manage("create_person", f"{name}@flock.example", "--role", role, "--password", PASSWORD)
    return site


@pytest.fixture
def come_in(site, open_page):
    """A signed-in person's page, at desktop size unless another is asked for."""

    def sign_in(name, **options):
        page = open_page(**options)
        page.goto(f"{site.url}/")
        page.get_by_role("link", name=re.compile("Sign in")).first.click()
        page.locator("[name=login]").fill(f"{name}@flock.example")
        page.locator("[name=password]").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name=re.compile("Sign in")).click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return page

    return sign_in


def write(page, site, key, instruction, response):
    page.goto(f"{site.url}/")
    page.locator(f"form[action='/write/{key}/'] button").click()
    page.get_by_label("Instruction").fill(instruction)
    page.get_by_label("Response").fill(response)


def send(page):
    page.get_by_role("button", name="Send for review").click()


class TestTheWholeLoop:
    def test_from_a_browser_to_a_model_that_answers(self, site, come_in):
        alice = come_in("alice", viewport=PHONE)
        self.alice_writes_about_a_passage(alice, site)
        for pair in PAIRS:
            write(alice, site, *pair)
            send(alice)
            expect(alice.get_by_text("In review").first).to_be_visible(timeout=120_000)

        self.rita_reviews(come_in("rita"), site)
        expect_points(alice, site)

        adam = come_in("adam")
        self.adam_cuts_a_release(adam, site)
        self.adam_tunes_a_model(adam, site)
        self.adam_asks_it(adam)

    def alice_writes_about_a_passage(self, page, site):
        write(page, site, "closed_qa", QUESTION, ANSWER)
        page.get_by_label("Page address").fill(PAGE)
        page.get_by_role("textbox", name="Passage").fill(PASSAGE)
        send(page)
        # Before the first pair the grant is asked, and nothing typed is lost on the way.
        page.get_by_role("checkbox", name=re.compile("my own words")).check()
        page.get_by_role("checkbox", name=re.compile("I give the licence")).check()
        page.get_by_role("button", name="Accept").click()
        expect(page.get_by_label("Instruction")).to_have_value(QUESTION)
        expect(page.get_by_role("textbox", name="Passage")).to_have_value(PASSAGE)
        send(page)
        expect(page.get_by_text("In review").first).to_be_visible(timeout=120_000)

    def rita_reviews(self, page, site):
        page.goto(f"{site.url}/review/")
        page.get_by_role("button", name="Take the next one").click()
        expect(page.get_by_role("article")).to_contain_text(QUESTION)
        expect(page.get_by_role("article")).to_contain_text(PASSAGE)
        for _ in range(1 + len(PAIRS)):
            page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("button", name="Approve")).to_have_count(0)

    def adam_cuts_a_release(self, page, site):
        page.goto(f"{site.url}/releases/")
        page.get_by_label("Version").fill("1.0.0")
        page.get_by_role("button", name="Cut the release").click()
        expect(page.get_by_text("Ready").first).to_be_visible(timeout=120_000)
        with page.expect_download() as download:
            page.get_by_role("link", name="data/train.jsonl").click()
        lines = download.value.path().read_text(encoding="utf-8").splitlines()
        assert len(lines) == 1 + len(PAIRS)

    def adam_tunes_a_model(self, page, site):
        page.goto(f"{site.url}/releases/1.0.0/")
        page.get_by_role("link", name=re.compile("Fine-tune")).click()
        page.get_by_label("Recipe", exact=True).select_option("smoke")
        page.get_by_role("button", name="Start the run").click()
        expect(page.get_by_text("Running").first).to_be_visible(timeout=120_000)
        expect(page.get_by_text("Finished").first).to_be_visible(timeout=SMOKE_PATIENCE_MS)
        expect(page.locator("[data-chart] canvas")).to_be_visible()

    def adam_asks_it(self, page):
        page.get_by_role("link", name="Ask the model").click()
        page.get_by_label("Instruction").fill(PAIRS[0][1])
        page.get_by_role("button", name="Ask").click()
        expect(page.locator(".chat")).to_contain_text(PAIRS[0][2], timeout=120_000)


def expect_points(page, site):
    page.goto(f"{site.url}/")
    expect(page.get_by_role("main")).to_contain_text(f"{10 * (1 + len(PAIRS))} points")
