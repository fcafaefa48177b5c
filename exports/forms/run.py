"""What an admin chooses for a fine-tune: the release, the recipe, the base, and any of its settings."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exports.models import Release
from exports.services import bases
from exports.services.run import check
from training.config import SETTINGS, Choice, ConfigError, Number, check_setting, read_number
from training.recipes import RECIPES, Recipe


class ReleaseChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    def label_from_instance(self, obj: Release) -> str:
        return obj.version


class RunForm(forms.Form):
    """Checks by the same table as the trainer. A setting left empty stays as the recipe has it."""

    release = ReleaseChoice(
        label=gettext_lazy("Release"),
        queryset=Release.objects.none(),
        to_field_name="version",
        empty_label=None,
        help_text=gettext_lazy("The model learns from all records of this release."),
        error_messages={"invalid_choice": gettext_lazy("There is no ready release of this version.")},
    )
    recipe = forms.ChoiceField(label=gettext_lazy("Recipe"))
    base = forms.ChoiceField(
        label=gettext_lazy("Base"),
        required=False,
        help_text=gettext_lazy("The pretrained model to start from, among those that this site keeps."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.kept = bases.survey()
        self.fields["release"].queryset = Release.objects.ready().newest_first()  # type: ignore[attr-defined]
        self.fields["recipe"].choices = list(self._recipes())  # type: ignore[attr-defined]
        self.fields["base"].choices = list(self._bases())  # type: ignore[attr-defined]
        for key in SETTINGS:
            self.fields[key] = _setting_field(key, self.shown)

    @property
    def shown(self) -> Recipe:
        """The recipe whose values stand in the empty fields."""
        return RECIPES.get(str(self["recipe"].value()), next(iter(RECIPES.values())))

    @property
    def settings(self) -> list[forms.BoundField]:
        return [self[key] for key in SETTINGS]

    @property
    def has_settings(self) -> bool:
        """Whether one of them says something, right or wrong."""
        return any(field.value() for field in self.settings)

    @property
    def overrides(self) -> dict[str, Any]:
        """What differs from the recipe."""
        given = {key: self.cleaned_data.get(key) for key in SETTINGS}
        return {key: read_number(text) for key, text in given.items() if text}

    def clean(self) -> dict[str, Any]:
        """Each setting by itself, so that all mistakes are told at once; then what was chosen together."""
        for key, value in self.overrides.items():
            self._try(check_setting, key, value)
        if not self.errors:
            chosen = self.cleaned_data
            self._try(check, chosen["recipe"], self.overrides, chosen["base"])
        return self.cleaned_data

    def _try(self, checking: Any, *asked: Any) -> None:
        try:
            checking(*asked)
        except ConfigError as error:
            if error.key in self.fields:
                self.add_error(error.key, str(error).removeprefix(f"{error.key}: "))
            else:
                self.add_error(None, str(error))

    def recipes(self) -> list[tuple[Recipe, bool]]:
        """Every recipe, and whether it can start here as it is."""
        return [(recipe, self._is_at_hand(recipe)) for recipe in RECIPES.values()]

    def _is_at_hand(self, recipe: Recipe) -> bool:
        if not recipe.base:
            return bool(self.kept.bases) or not recipe.needs_base
        return any(base.is_of(recipe) and base.fits(recipe) for base in self.kept.bases)

    def _recipes(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        for is_adapter, title in ((False, _("All weights learn")), (True, _("An adapter learns (LoRA)"))):
            group = [found for found in self.recipes() if found[0].trains_adapter == is_adapter]
            yield title, [(recipe.name, _in_words(recipe, is_at_hand)) for recipe, is_at_hand in group]

    def _bases(self) -> Iterator[tuple[str, str]]:
        yield "", _("The recipe's own, if it has one")
        for base in self.kept.bases:
            words = (
                _("%(name)s (%(licence)s)")
                if base.is_commercial
                else _("%(name)s (%(licence)s, not for commerce)")
            )
            yield base.name, words % {"name": base.name, "licence": base.licence}


def _in_words(recipe: Recipe, is_at_hand: bool) -> str:
    return recipe.name if is_at_hand else _("%(name)s, whose base is not here") % {"name": recipe.name}


def _setting_field(key: str, recipe: Recipe) -> forms.Field:
    setting, usual = SETTINGS[key], recipe.settings[key]
    label = key.replace("_", " ").capitalize()
    if isinstance(setting, Choice):
        words = [
            ("", _("%(value)s, as the recipe says") % {"value": usual}),
            *((word, word) for word in setting.words),
        ]
        return forms.ChoiceField(
            label=label,
            required=False,
            choices=words,
            help_text=_("%(what)s.") % {"what": setting.description},
        )
    return forms.CharField(
        label=label,
        required=False,
        max_length=20,
        help_text=_limits(setting),
        widget=forms.TextInput(
            attrs={"inputmode": "decimal", "placeholder": str(usual), "autocomplete": "off"}
        ),
    )


def _limits(setting: Number) -> str:
    return _("%(what)s, from %(minimum)s to %(maximum)s.") % {
        "what": setting.description,
        "minimum": _plain(setting.minimum),
        "maximum": _plain(setting.maximum),
    }


def _plain(number: float) -> str:
    """A number as people write it: 0.00000001, not 1e-08."""
    return f"{Decimal(str(number)):,f}"
