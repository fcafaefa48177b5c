"""What an admin chooses for a fine-tune: the release, the recipe, and a few of its settings."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exports.models import Release
from exports.services.run import check
from training.config import SETTINGS, Choice, ConfigError, Setting, read_number
from training.recipes import RECIPES

# The rest stays with the recipe; the API and the command line can set all.
OFFERED = ("max_steps", "epochs", "learning_rate", "batch_records", "seed")


class RecipeChoice(forms.RadioSelect):
    """The recipes; those that cannot run here stand there too, switched off and saying why."""

    def create_option(self, name: str, value: Any, *rest: Any, **options: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *rest, **options)
        if RECIPES[str(value)].needs_base:
            option["attrs"]["disabled"] = True
        return option


class ReleaseChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    def label_from_instance(self, obj: Release) -> str:
        return obj.version


class RunForm(forms.Form):
    """Checks by the same table as the trainer."""

    release = ReleaseChoice(
        label=gettext_lazy("Release"),
        queryset=Release.objects.none(),
        to_field_name="version",
        empty_label=None,
        help_text=gettext_lazy("The model learns from all records of this release."),
        error_messages={"invalid_choice": gettext_lazy("There is no ready release of this version.")},
    )
    recipe = forms.ChoiceField(label=gettext_lazy("Recipe"), widget=RecipeChoice)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["release"].queryset = Release.objects.ready().newest_first()  # type: ignore[attr-defined]
        self.fields["recipe"].choices = [(name, _recipe_label(name)) for name in RECIPES]  # type: ignore[attr-defined]
        for key in OFFERED:
            self.fields[key] = _setting_field(key)

    @property
    def settings(self) -> list[forms.BoundField]:
        return [self[key] for key in OFFERED]

    @property
    def has_settings(self) -> bool:
        """Whether one of them says something, right or wrong."""
        return any(field.value() for field in self.settings)

    @property
    def overrides(self) -> dict[str, Any]:
        """What differs from the recipe."""
        given = {key: self.cleaned_data.get(key) for key in OFFERED}
        return {key: read_number(text) for key, text in given.items() if text}

    def clean(self) -> dict[str, Any]:
        recipe = self.cleaned_data.get("recipe")
        for key, value in self.overrides.items():
            self._check(key, recipe or next(iter(RECIPES)), {key: value})
        if recipe:
            self._check("recipe", recipe, {})
        return self.cleaned_data

    def _check(self, field: str, recipe: str, overrides: dict[str, Any]) -> None:
        try:
            check(recipe, overrides)
        except ConfigError as error:
            if error.key == field:
                self.add_error(field, str(error))


def _recipe_label(name: str) -> str:
    recipe = RECIPES[name]
    if recipe.needs_base:
        return _("%(name)s: not available here, as this site keeps no pretrained bases.") % {"name": name}
    return f"{name}: {recipe.description}"


def _setting_field(key: str) -> forms.CharField:
    setting = SETTINGS[key]
    usual = ", ".join(str(recipe.settings[key]) for recipe in RECIPES.values() if not recipe.needs_base)
    return forms.CharField(
        label=key.replace("_", " ").capitalize(),
        required=False,
        max_length=20,
        help_text=_limits(setting),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "placeholder": usual, "autocomplete": "off"}),
    )


def _limits(setting: Setting) -> str:
    """What a setting may be."""
    if isinstance(setting, Choice):
        return _("%(what)s: %(words)s.") % {"what": setting.description, "words": ", ".join(setting.words)}
    return _("%(what)s, from %(minimum)s to %(maximum)s.") % {
        "what": setting.description,
        "minimum": f"{setting.minimum:,}",
        "maximum": f"{setting.maximum:,}",
    }
