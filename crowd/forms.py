"""What people type into the pages. A form keeps every text as typed; whether it may be sent is the services' to say."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crowd import permissions
from crowd.domain import evidence
from crowd.domain.checks import Finding
from crowd.domain.review import EDITABLE_FIELDS, Decision
from crowd.domain.rights import Records
from crowd.domain.text import normalize_newlines
from crowd.models import Category, Draft, Person
from crowd.services.drafts import TEXT_FIELDS
from crowd.services.errors import ExactCopy, Refused
from crowd.services.passages import MAX_URL_CHARS
from crowd.services.recheck import Choice

PASSAGE_FIELDS = ("passage_url", "context")
# What PostgreSQL cannot store at all. Every other odd character is kept in the draft and found when it is sent.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> None:
    """Refuse the few characters that no database keeps."""
    if UNSTORABLE.search(text):
        raise ValidationError(
            _(
                "This holds a character that cannot be kept (NUL or half a surrogate pair). Remove it and save again."
            )
        )


class Text(forms.CharField):
    """A text kept exactly as typed, outer spaces too. Required ones are asked for, and may be empty until sent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)
        self.validators = [storable, *(check for check in self.validators if hasattr(check, "limit_value"))]

    def validate(self, value: str) -> None:
        """An empty text is a draft like any other."""


class DraftForm(forms.Form):
    """A pair of one category as it is being written; passage fields only where the category takes one."""

    use_required_attribute = False

    edit = forms.IntegerField(required=False, widget=forms.HiddenInput)
    passage_url = Text(
        label=gettext_lazy("Page address"),
        help_text=gettext_lazy(
            "Where the passage stands on Wikipedia. A permanent link, from the page's Tools menu, is best."
        ),
        max_length=MAX_URL_CHARS,
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://en.wikipedia.org/wiki/…"}),
    )
    context = Text(
        label=gettext_lazy("Passage"),
        help_text=gettext_lazy("Paste the text itself. Leave out footnote marks such as [42]."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    instruction = Text(
        label=gettext_lazy("Instruction"),
        help_text=gettext_lazy("The question or task, complete enough for somebody who knows nothing else."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    response = Text(
        label=gettext_lazy("Response"),
        help_text=gettext_lazy("The answer you would want to read, in your own words."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, *args: Any, category: Category, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in PASSAGE_FIELDS:
            if not category.takes_passage:
                del self.fields[name]
            elif not category.needs_passage:
                self.fields[name].required = False

    @classmethod
    def showing(cls, draft: Draft, texts: Mapping[str, str] | None = None) -> "DraftForm":
        """The draft's form as it stands, or with other texts that were typed into it."""
        stored = {name: getattr(draft, name) for name in TEXT_FIELDS}
        return cls(initial={**stored, **(texts or {}), "edit": draft.edit}, category=draft.category)

    @property
    def texts(self) -> dict[str, str]:
        """What can be stored of what came: a field that was not sent, or that is in error, is left as it was."""
        self.is_valid()
        return {
            name: self.cleaned_data[name]
            for name in TEXT_FIELDS
            if name in self.data and name in self.cleaned_data
        }

    @property
    def seen_edit(self) -> int | None:
        """The number of the save that the writer last saw."""
        self.is_valid()
        return self.cleaned_data.get("edit")

    def continue_from(self, edit: int) -> None:
        """Show the form again as the successor of this save."""
        self.data = self.data.copy()
        self.data["edit"] = edit


class GrantForm(forms.Form):
    """The two things that a contributor confirms, and the wording they saw."""

    version = forms.CharField(widget=forms.HiddenInput)
    own_words = forms.BooleanField(
        label=gettext_lazy(
            "What I send are my own words, without generative AI and without web sources but Wikipedia."
        )
    )
    licence = forms.BooleanField(
        label=gettext_lazy("I give the licence that stands above for everything I send.")
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class DecisionForm(forms.Form):
    """A reviewer's answer to one version, with its reason and, if need be, another wording."""

    use_required_attribute = False

    version = forms.IntegerField(widget=forms.HiddenInput)
    only = forms.CharField(required=False, widget=forms.HiddenInput)
    decision = forms.ChoiceField(choices=[(answer.value, answer.value) for answer in Decision])
    reason = Text(
        label=gettext_lazy("Reason"),
        required=False,
        help_text=gettext_lazy("The author reads it. Needed to return or reject."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    instruction = Text(label=gettext_lazy("Instruction"), widget=forms.Textarea(attrs={"rows": 3}))
    response = Text(label=gettext_lazy("Response"), widget=forms.Textarea(attrs={"rows": 6}))

    @property
    def edits(self) -> dict[str, str]:
        """The two texts as they came back, changed or not; a field that was not sent is left as it is."""
        return {name: self.cleaned_data[name] for name in EDITABLE_FIELDS if name in self.data}

    @property
    def edits_are_wrong(self) -> bool:
        return any(name in self.errors for name in EDITABLE_FIELDS)


class LeaveForm(forms.Form):
    """What becomes of a person's records when they leave, and the proof that they mean it."""

    use_required_attribute = False

    records = forms.ChoiceField(
        label=gettext_lazy("What you sent"),
        choices=[
            (Records.KEEP.value, gettext_lazy("May stay, without my name")),
            (Records.WITHDRAW.value, gettext_lazy("Shall be withdrawn, all of it")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose one of the two.")},
    )
    confirm = forms.CharField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("Type it to show that you mean it. This cannot be undone."),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
        error_messages={"required": gettext_lazy("Please type your e-mail address.")},
    )
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        max_length=4_096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Please give your password.")},
    )

    def __init__(self, data: Mapping[str, Any] | None, *, person: Person) -> None:
        super().__init__(data)
        self.person = person
        if not person.has_usable_password():
            del self.fields["password"]

    def clean_confirm(self) -> str:
        """Refuse any address but their own."""
        typed = str(self.cleaned_data["confirm"])
        if typed.casefold() != self.person.email.casefold():
            raise ValidationError(_("This is not the e-mail address of your account."))
        return typed

    def clean_password(self) -> str:
        """Refuse any password but their own."""
        typed = str(self.cleaned_data["password"])
        if not self.person.check_password(typed):
            raise ValidationError(_("This is not your password."))
        return typed


class RecheckForm(forms.Form):
    """Which texts to check again, and whether that is all that is done again."""

    everything = forms.TypedChoiceField(
        label=gettext_lazy("Which texts"),
        choices=[
            ("", gettext_lazy("Those that today's checks have not seen")),
            ("all", gettext_lazy("All of them")),
        ],
        required=False,
        coerce=bool,
        empty_value=False,
        widget=forms.RadioSelect,
    )
    look_alikes = forms.BooleanField(
        label=gettext_lazy("Look for near-duplicates of each again"),
        required=False,
        help_text=gettext_lazy("Otherwise what was found stands. It takes longer."),
    )
    passages = forms.BooleanField(
        label=gettext_lazy("Ask the wiki about unverified passages again"), required=False
    )

    @property
    def choice(self) -> Choice:
        return Choice(**self.cleaned_data)


class ApprovedFilter(forms.Form):
    """What to show of the findings on approved texts. An unknown value is as good as none."""

    rule = forms.ChoiceField(label=gettext_lazy("Rule"), required=False)
    severity = forms.ChoiceField(
        label=gettext_lazy("How grave"),
        choices=[
            ("", gettext_lazy("Both")),
            ("error", gettext_lazy("Must change")),
            ("warning", gettext_lazy("Look at")),
        ],
        required=False,
    )
    is_later = forms.BooleanField(
        label=gettext_lazy("Only what was found after the approval"), required=False
    )

    def __init__(self, data: Mapping[str, Any], *, rules: Iterable[str]) -> None:
        super().__init__(data)
        self.fields["rule"].choices = [("", _("All")), *((rule, rule) for rule in rules)]

    @property
    def choice(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data


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
