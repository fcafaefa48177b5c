"""The page of a lineage: where something comes from and where it went, each thing a link to its own."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exports.permissions import as_person
from exports.serializers.lineage import LineageQuery
from exports.services import lineage as lineages
from exports.views.requests import PageRequest


@require_safe
def lineage_page(request: PageRequest) -> HttpResponse:
    """What the API's `lineage/` answers to the same question, for reading."""
    query = LineageQuery(data=request.GET.dict())
    if not query.is_valid():
        raise Http404
    found = lineages.find(**query.validated_data, person=as_person(request.user))
    if found is None:
        raise Http404
    asked = request.GET.copy()
    asked.pop("from_line", None)
    context = {"lineage": found, "asked": asked.urlencode(), "subject": next(iter(asked.values()))}
    return render(request, "exports/lineage/page.html", context)
