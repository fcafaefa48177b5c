"""How every form of the site is drawn: one that comes back puts the cursor where something is to be changed."""

from typing import Any

from django.forms import BoundField, Widget
from django.forms.renderers import DjangoTemplates


class Field(BoundField):
    """A field that takes the cursor if it is the first of a refused form that is wrong.

    The browser does it, so no script is needed, and a screen reader then reads the field with its error.
    """

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        return built | {"autofocus": True} if self._is_first_wrong() else built

    def _is_first_wrong(self) -> bool:
        return self.name == next((field.name for field in self.form.visible_fields() if field.errors), None)


class Renderer(DjangoTemplates):
    """Django's own, with that field."""

    bound_field_class = Field
