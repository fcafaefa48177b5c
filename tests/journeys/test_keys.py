"""Letters press buttons, in a real browser: while nobody is typing, and unless a person has turned them off."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.journey


@pytest.fixture
def guide(page, live_server):
    """The style guide, where x presses the button that asks whether to reject."""
    page.goto(f"{live_server.url}/styleguide/")
    return page


def asks(guide):
    """Press x, and say whether the page asks; then say no to it."""
    guide.keyboard.press("x")
    question = guide.get_by_role("dialog")
    if not question.is_visible():
        return False
    guide.keyboard.press("Escape")
    expect(question).to_be_hidden()
    return True


def test_a_letter_presses_its_button(guide):
    assert asks(guide)


def test_a_letter_is_a_letter_where_one_types_until_escape_leaves_the_field(guide):
    field = guide.locator("main textarea").first
    before = field.input_value()
    field.press("End")
    assert not asks(guide)
    assert field.input_value() != before
    guide.keyboard.press("Escape")
    assert asks(guide)


def test_who_turned_the_letters_off_is_not_heard_in_this_browser_any_more(guide):
    switch = guide.get_by_label("The key x rejects")
    switch.uncheck()
    assert not asks(guide)
    guide.reload()
    expect(switch).not_to_be_checked()
    assert not asks(guide)
    switch.check()
    assert asks(guide)
