"""A reviewer's decision."""

from django import forms
from django.utils.translation import gettext_lazy

from crowd.domain.review import EDITABLE_FIELDS, Decision
from crowd.forms.text import Text


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
