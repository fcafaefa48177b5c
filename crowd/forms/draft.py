"""A pair as it is being written, and the passage that is picked for it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from crowd.forms.text import Text
from crowd.models import Category, Draft
from crowd.services.drafts import TEXT_FIELDS
from crowd.services.mediawiki import Article
from crowd.services.passages import MAX_URL_CHARS

PASSAGE_FIELDS = ("passage_url", "context")


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


class PassageForm(forms.Form):
    """Which paragraphs of a revision to take, by their places, into the draft as it was last seen."""

    edit = forms.IntegerField(required=False)
    paragraph = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={"required": gettext_lazy("Please choose at least one paragraph.")},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, article: Article) -> None:
        super().__init__(data)
        self.fields["paragraph"].choices = [(place, place) for place in range(len(article.paragraphs))]
