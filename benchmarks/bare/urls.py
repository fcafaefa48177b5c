"""The site's addresses and the bare view: the least that Django does to keep what a signed-in person sends."""

import json

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST

from benchmarks.bare.models import BarePair
from config.urls import urlpatterns as site


@require_POST
@login_required
def keep(request: HttpRequest) -> JsonResponse:
    """One insert in one transaction."""
    sent = json.loads(request.body)
    texts = {name: sent.get(name, "") for name in ("category", "instruction", "context", "response")}
    with transaction.atomic():
        pair = BarePair.objects.create(author=request.user, **texts)
    return JsonResponse({"id": pair.pk}, status=201)


urlpatterns = [path("bare/", keep), *site]
