"""Where a release or a model is to be pushed to."""

from django import forms
from django.utils.translation import gettext_lazy as _

from exports.domain.repo_id import MAX_CHARS, is_repo_id

HOW = _("Write it as ORG/NAME, such as my-company/swifts.")


class PushForm(forms.Form):
    """The repository's name."""

    repo_id = forms.CharField(
        label=_("Repository"),
        max_length=MAX_CHARS,
        help_text=_("As ORG/NAME. It is made where it is not there yet."),
        error_messages={"required": HOW},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_repo_id(self) -> str:
        repo_id = str(self.cleaned_data["repo_id"])
        if not is_repo_id(repo_id):
            raise forms.ValidationError(HOW)
        return repo_id
