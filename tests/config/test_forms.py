"""A refused form puts the cursor where something is to be changed, whatever form it is."""

import pytest
from django import forms
from django.template.loader import render_to_string


class Pair(forms.Form):
    edit = forms.IntegerField(widget=forms.HiddenInput)
    instruction = forms.CharField(label="Instruction")
    response = forms.CharField(label="Response")
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A")], widget=forms.RadioSelect)


GOOD = {"edit": "1", "instruction": "Why?", "response": "So.", "kind": "a"}


def with_the_cursor(form):
    """The names of the fields that ask for it."""
    return [field.name for field in form if "autofocus" in str(field)]


class TestARefusedForm:
    @pytest.mark.parametrize(
        ("wrong", "first"),
        [
            ({"instruction": "", "response": ""}, "instruction"),
            ({"response": ""}, "response"),
            ({"kind": "b"}, "kind"),
        ],
    )
    def test_puts_the_cursor_into_the_first_wrong_field(self, wrong, first):
        assert with_the_cursor(Pair(GOOD | wrong)) == [first]

    def test_passes_over_what_nobody_sees(self):
        assert with_the_cursor(Pair(GOOD | {"edit": "x", "response": ""})) == ["response"]

    def test_that_is_wrong_as_a_whole_puts_it_nowhere(self):
        form = Pair(GOOD)
        form.add_error(None, "This text is here already.")
        assert with_the_cursor(form) == []

    def test_links_to_each_wrong_field(self):
        page = render_to_string(
            "components/form_errors.html", {"form": Pair(GOOD | {"response": "", "kind": "b"})}
        )
        assert '<a href="#id_response">Response</a>' in page
        assert '<a href="#id_kind">Kind</a>' in page
        assert "#id_instruction" not in page


class TestAnyOtherForm:
    @pytest.mark.parametrize("form", [Pair(), Pair(GOOD)])
    def test_leaves_the_cursor_where_it_is(self, form):
        assert with_the_cursor(form) == []
