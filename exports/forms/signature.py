"""The form by which an admin hands in a signature that was made elsewhere."""

from django import forms
from django.utils.translation import gettext_lazy as _

from exports.domain.signature import MAX_BYTES, NAME


class SignatureForm(forms.Form):
    """One small file, and whether it may take another one's place."""

    signature = forms.FileField(
        label=_("The signature"),
        help_text=_("The file %(name)s that ssh-keygen has written.") % {"name": NAME},
    )

    replace = forms.BooleanField(
        label=_("Replace the signature of another key"),
        required=False,
        help_text=_("Without this, a release that another key has signed keeps its signature."),
    )

    def clean_signature(self) -> bytes:
        # One byte past the limit is enough to tell that it is too long.
        content: bytes = self.cleaned_data["signature"].read(MAX_BYTES + 1)
        return content
