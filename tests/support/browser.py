"""A real browser: Debian's Chromium, driven by Playwright, without a word to anybody outside."""

import os
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
# What takes a second here took twenty on two cores that eight others were using.
PATIENCE_MS = 60_000
LOOPBACK = {"127.0.0.1", "localhost", "::1"}

# Chromium otherwise calls its maker at every start; as root it has no sandbox to offer.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("not installed: chromium (Debian: apt-get install chromium)")
    # Playwright's loop runs in this thread; Django would refuse every query beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(browser) -> Iterator:
    """Opens a page with cookies of its own: `open_page(PHONE, java_script_enabled=False)`."""
    contexts = []
    strangers: list[str] = []

    def stay_home(route: Route) -> None:
        if urlsplit(route.request.url).hostname in LOOPBACK:
            route.continue_()
        else:
            strangers.append(route.request.url)
            route.abort()

    def open_one(viewport: dict[str, int] = DESKTOP, **options: object) -> Page:
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.route("**/*", stay_home)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    assert strangers == []


@pytest.fixture
def page(open_page) -> Page:
    """A page at desktop size."""
    return open_page()
