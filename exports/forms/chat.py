"""A question to a tuned model."""

from django import forms
from django.utils.translation import gettext_lazy as _

from exports.services.chat import MAX_CONTEXT_CHARS, MAX_INSTRUCTION_CHARS

NOTHING_ASKED = _("Please ask something.")


class QuestionForm(forms.Form):
    """The prompt has these two parts, as the records that the model learnt from."""

    instruction = forms.CharField(
        label=_("Instruction"),
        max_length=MAX_INSTRUCTION_CHARS,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-chat-input": True}),
        error_messages={"required": NOTHING_ASKED},
    )
    context = forms.CharField(
        label=_("Passage"),
        max_length=MAX_CONTEXT_CHARS,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("A text that the instruction is about."),
    )

    def clean_instruction(self) -> str:
        instruction: str = self.cleaned_data["instruction"]
        if not instruction.strip():
            raise forms.ValidationError(NOTHING_ASKED)
        return instruction
