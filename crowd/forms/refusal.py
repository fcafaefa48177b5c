"""What a service refused, said where it can be changed."""

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from crowd import permissions
from crowd.domain import evidence
from crowd.domain.checks import Finding
from crowd.domain.text import normalize_newlines
from crowd.models import Person
from crowd.services.errors import ExactCopy, Refused


def show_refusal(form: forms.Form, error: Exception, *, person: Person) -> None:
    """Put what a service refused beside its field, or above the form where it belongs to none."""
    if isinstance(error, Refused):
        for finding in error.findings:
            form.add_error(
                finding.field if finding.field in form.fields else None, _with_its_place(finding, form)
            )
    elif isinstance(error, ExactCopy) and permissions.may_name_copy(person, error.other, error.text_hash):
        form.add_error(None, _named(error, person))
    else:
        form.add_error(None, str(error))


def _named(error: ExactCopy, person: Person) -> str:
    """That the texts are here already, and where, for whoever may open that page."""
    said = _("You have sent these exact texts before.") if error.other.author == person else str(error)
    if not permissions.may_read(person, error.other):
        return said
    link = reverse("crowd:submission", args=[error.other.public_id])
    return format_html('{} <a href="{}">{}</a>', said, link, _("See them"))


def _with_its_place(finding: Finding, form: forms.Form) -> str:
    """What to do about a finding, and the words around it: a text area cannot mark them."""
    # Browsers send CRLF; places are counted in the text as it would be kept.
    text = normalize_newlines(form.data.get(finding.field, ""))
    if not evidence.is_place(finding.start, finding.end, text):
        return finding.message
    before, within, after = evidence.excerpt(text, finding.start, finding.end)
    return format_html(
        '{} <span class="excerpt">{}<mark class="evidence evidence-error">{}</mark>{}</span>',
        finding.message,
        before,
        evidence.shown(within),
        after,
    )
