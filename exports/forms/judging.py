"""What a model is held against, and on how many questions; and what a judge says."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exports.domain.judging import Choice
from exports.models import Run
from exports.services import judging

BASE = "base"


class ComparisonForm(forms.Form):
    """Offers the model's own base, and the other models that held records out."""

    against = forms.ChoiceField(label=gettext_lazy("Against"))
    count = forms.IntegerField(
        label=gettext_lazy("Questions"),
        min_value=1,
        max_value=judging.MAX_QUESTIONS,
        initial=judging.DEFAULT_QUESTIONS,
        help_text=gettext_lazy(
            "Records that the models never saw. With fewer than six, no result can be told from chance."
        ),
    )

    def __init__(self, run: Run, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._others = {str(other.public_id): other for other in judging.opponents(run)}
        base = [(BASE, _("its base, %(name)s") % {"name": run.base})] if run.began_from_base else []
        self.fields["against"].choices = base + [(key, other.name) for key, other in self._others.items()]  # type: ignore[attr-defined]

    @property
    def has_choices(self) -> bool:
        return bool(self.fields["against"].choices)  # type: ignore[attr-defined]

    @property
    def against_run(self) -> Run | None:
        """The other run, once the form is valid; None for the base."""
        return self._others.get(self.cleaned_data["against"])


class JudgementForm(forms.Form):
    """Which question it was, and which answer is better."""

    pairing = forms.UUIDField()
    choice = forms.ChoiceField(choices=[(choice.value, choice.value) for choice in Choice])
