"""The licence grant and the attestation, accepted once per wording."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crowd.forms.person import GrantForm
from crowd.models import GrantWording
from crowd.services import grants
from crowd.services.errors import Conflict


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def grant(request: HttpRequest) -> HttpResponse:
    """Read the current wording and accept it; then go on to where one wanted to be."""
    wording = GrantWording.objects.current()
    form = GrantForm(
        request.POST or None, initial={"version": wording.version, "next": request.GET.get("next", "")}
    )
    if form.is_valid():
        try:
            grants.accept(request.user, version=form.cleaned_data["version"], now=timezone.now())
        except Conflict as conflict:
            form = GrantForm(initial={"version": wording.version, "next": form.cleaned_data["next"]})
            messages.warning(request, str(conflict))
        else:
            way_on = _way_on(request, form.cleaned_data["next"])
            if way_on == reverse("crowd:grant"):
                messages.success(request, _("Thank you. What you accepted is kept here, with its date."))
            else:
                messages.success(request, _("Thank you. What you accepted is kept. Now send your pair."))
            return redirect(way_on)
    context = {"form": form, "wording": wording, "accepted": grants.accepted(request.user)}
    return render(request, "crowd/grant/grant.html", context)


def _way_on(request: HttpRequest, wanted: str) -> str:
    """The page the person came from, where it is one of this site's."""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else reverse("crowd:grant")
