"""What an admin chooses for a cut: its version, its profile, and a licence among those that fit."""

from django import forms
from django.utils.translation import gettext_lazy as _

from crowd.domain.licences import NAMES, RELEASE_LICENCES
from crowd.models import Category, Source
from exports.domain.release import MAX_VERSION_CHARS, Choice, Profile, is_version

PROFILES = [
    (Profile.COMMERCIAL.value, _("Commercial: people's own texts under licences that allow any use")),
    (Profile.RESEARCH.value, _("Research: also model-written, non-commercial and unknown texts")),
]


class CutForm(forms.Form):
    """The same choices as the command's."""

    version = forms.CharField(
        label=_("Version"),
        max_length=MAX_VERSION_CHARS,
        help_text=_("A semantic version, such as 1.0.0. It is never given twice."),
    )
    profile = forms.ChoiceField(label=_("Profile"), choices=PROFILES, initial=Profile.COMMERCIAL.value)
    licence = forms.ChoiceField(
        label=_("Licence"),
        required=False,
        choices=[("", _("The one that all records allow")), *((key, NAMES[key]) for key in RELEASE_LICENCES)],
    )
    categories = forms.ModelMultipleChoiceField(
        label=_("Only these categories"),
        queryset=Category.objects.all(),
        to_field_name="key",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    without_sources = forms.ModelMultipleChoiceField(
        label=_("Leave out these imported datasets"),
        queryset=Source.objects.order_by("name"),
        to_field_name="name",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_version(self) -> str:
        version = str(self.cleaned_data["version"])
        if not is_version(version):
            raise forms.ValidationError(
                _("This is not a semantic version. Write three numbers, such as 1.0.0, without a v.")
            )
        return version

    @property
    def choice(self) -> Choice:
        """What was chosen, once the form is valid."""
        chosen = self.cleaned_data
        return Choice(
            profile=chosen["profile"],
            licence=chosen["licence"],
            categories=tuple(category.key for category in chosen["categories"]),
            without_sources=tuple(source.name for source in chosen["without_sources"]),
        )
