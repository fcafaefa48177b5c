"""An admin hands in a release's signature. It was made where the key is: no private key comes here."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crowd.permissions import require_admin
from exports.domain.release import IllegalMove
from exports.domain.signature import BadSignature
from exports.forms.signature import SignatureForm
from exports.permissions import release_for
from exports.services import signing
from exports.services.release_folder import BrokenRelease
from exports.views.requests import PageRequest


@require_POST
@login_required
def release_sign(request: PageRequest, version: str) -> HttpResponse:
    """Keep it, where it is one of this release's manifest."""
    require_admin(request.user)
    release = release_for(request.user, version)
    form = SignatureForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.warning(request, _("Choose the file that ssh-keygen has written."))
        return redirect("exports:release", version)
    try:
        row = signing.attach(
            release,
            form.cleaned_data["signature"],
            replace=form.cleaned_data["replace"],
            person=request.user,
            now=timezone.now(),
        )
    except signing.SignedByAnother as reason:
        words = _("Release %(version)s is not signed anew: %(reason)s.")
        messages.warning(request, words % {"version": version, "reason": reason})
    except (BadSignature, BrokenRelease, IllegalMove) as reason:
        words = _("This is no signature of release %(version)s: %(reason)s.")
        messages.warning(request, words % {"version": version, "reason": reason})
    else:
        words = _("Release %(version)s is signed by the key %(fingerprint)s.")
        messages.success(request, words % {"version": version, "fingerprint": row.fingerprint})
    return redirect("exports:release", version)
