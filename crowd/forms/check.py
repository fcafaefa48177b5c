"""What is checked again, and which findings are shown."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crowd.services.recheck import Choice


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
