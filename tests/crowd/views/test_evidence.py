import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from crowd.models import Finding
from tests.support.factories import make_claim, make_draft, make_grant, make_passage, make_submission
from tests.support.pages import text_of

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert("1")</script> & <img src=x onerror=alert(2)>'


def find(submission, field, start, end, **fields):
    defaults = {"rule": "citation.marker", "severity": "warning", "message": "Remove this."}
    return Finding.objects.create(
        version=submission.current_version, field=field, start=start, end=end, **(defaults | fields)
    )


def page_of(browse, submission):
    response = browse(submission.author).get(reverse("crowd:submission", args=[submission.public_id]))
    return response.content.decode()


def marks_in(page):
    """Each mark: how grave it is, and its text."""
    return re.findall(r'<mark class="evidence evidence-([^"]+)"[^>]*>([^<]*)</mark>', page)


class TestMarks:
    def test_stand_at_their_place_in_every_field(self, browse, alice):
        submission = make_submission(
            alice,
            category="closed_qa",
            instruction="Why 😀 this?[1]",
            response="So.\r\nit is[2]".replace("\r\n", "\n"),
            passage=make_passage("It is so.[3] Indeed."),
        )
        find(submission, "instruction", 11, 14)
        find(submission, "response", 9, 12)
        find(submission, "context", 9, 12)
        assert marks_in(page_of(browse, submission)) == [
            ("warning", "[1]"),
            ("warning", "[3]"),
            ("warning", "[2]"),
        ]

    def test_of_several_findings_show_the_gravest(self, browse, alice):
        submission = make_submission(alice, response="abcdef")
        find(submission, "response", 0, 4, severity="info", message="One.")
        find(submission, "response", 2, 5, severity="error", message="Two.")
        page = page_of(browse, submission)
        assert marks_in(page) == [("info", "ab"), ("error", "cd"), ("error", "e")]
        assert 'title="Two.\nOne.">cd</mark>' in page

    def test_lead_to_their_remark_and_back(self, browse, alice):
        submission = make_submission(alice, response="Yes.[1] No.[2]")
        find(submission, "response", 4, 7)
        find(submission, "response", 11, 14)
        page = page_of(browse, submission)
        for number in (1, 2):
            for here, there in (("place", "remark"), ("remark", "place")):
                assert (
                    len(
                        re.findall(
                            rf'id="{here}-response-{number}"\s+href="#{there}-response-{number}"', page
                        )
                    )
                    == 1
                )
        assert 'aria-label="Remark 2: Remove this."' in page
        assert page.count("<div>Remove this.</div>") == 1

    def test_name_characters_that_nobody_sees(self, browse, alice):
        submission = make_submission(alice, response="One\u202e\u200btwo")
        find(submission, "response", 3, 5)
        assert marks_in(page_of(browse, submission)) == [("warning evidence-hidden", "U+202E U+200B")]

    def test_escape_everything_that_somebody_wrote(self, browse, alice):
        submission = make_submission(
            alice, category="closed_qa", instruction=HOSTILE, response=HOSTILE, passage=make_passage(HOSTILE)
        )
        for field in ("instruction", "context", "response", ""):
            find(submission, field, 3, 9, message=f"{HOSTILE} here", rule="<b>rule</b>")
        page = page_of(browse, submission)
        assert ("<script>alert" in page, "<img src=x" in page, "<b>rule" in page) == (False, False, False)
        # Attributes end where ours end: no quotation mark of theirs stands in one.
        assert page.count('title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp;') == 3
        assert HOSTILE in text_with_marks_joined(page)

    def test_keep_the_text_as_it_was_sent(self, browse, alice):
        text = "  first\n\n second\tthird \n"
        submission = make_submission(alice, response=text)
        find(submission, "response", 5, 12)
        page = page_of(browse, submission)
        (inside,) = re.findall(
            r'<h2 class="pair-label">Response</h2>\s*<div class="pair-text">(.*?)</div>', page, re.DOTALL
        )
        assert re.sub(r"<a .*?</a>|</?mark.*?>", "", inside, flags=re.DOTALL) == text


class TestRemarks:
    def test_about_a_whole_text_mark_nothing(self, browse, alice):
        submission = make_submission(alice, response="Yes.")
        find(submission, "response", 0, 4, message="Very short.")
        page = page_of(browse, submission)
        assert (marks_in(page), "Very short." in page) == ([], True)

    def test_about_no_text_alone_stand_first(self, browse, alice):
        submission = make_submission(alice)
        find(submission, "", 0, 0, rule="check.failed", message="The check language could not run.")
        page = page_of(browse, submission)
        assert page.index("About the pair") < page.index("could not run") < page.index(">Instruction<")

    def test_stand_in_the_order_of_their_gravity_and_then_of_the_text(self, browse, alice):
        submission = make_submission(alice, response="abcdefgh")
        find(submission, "response", 6, 7, message="Last.")
        find(submission, "response", 2, 3, message="First.")
        find(submission, "response", 4, 5, severity="error", message="Gravest.")
        page = page_of(browse, submission)
        assert re.findall(r"<div>(\w+\.)</div>", page) == ["Gravest.", "First.", "Last."]

    def test_are_the_reviewers_too(self, browse, alice, rita):
        submission = make_submission(alice, response="Yes.[1]")
        find(submission, "response", 4, 7)
        claim = make_claim(submission, rita, now=timezone.now())
        response = browse(rita).get(reverse("crowd:claim", args=[claim.public_id]))
        assert marks_in(response.content.decode()) == [("warning", "[1]")]
        assert "1 remark, beside the text" in text_of(response)


def text_with_marks_joined(page):
    """The page's words as a reader has them, the numbers of marks left out."""
    return html.unescape(re.sub(r"<a class=\"evidence-note\".*?</a>|</?mark.*?>", "", page, flags=re.DOTALL))


class TestRefusals:
    def test_show_the_place_beside_the_field(self, browse, alice):
        make_grant(alice)
        draft = make_draft(alice)
        texts = {"instruction": "Why?", "response": "One\r\ntwo <b> ### End and more."}
        response = browse(alice).post(reverse("crowd:send", args=[draft.public_id]), texts)
        place = '<span class="excerpt">One\ntwo &lt;b&gt; <mark class="evidence evidence-error">### End</mark> and more.</span>'
        assert place in response.content.decode()
