"""What a person agrees to, and how they leave."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crowd.domain.rights import Records
from crowd.models import Person


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
