"""The requests of somebody signed in, as the type checker sees them."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from crowd.models import Person


class PageRequest(HttpRequest):
    """A page's, behind `login_required`."""

    user: Person
    htmx: HtmxDetails


def caller(request: Request) -> Person:
    """Who calls the API. Its default permission lets nobody else in."""
    if not isinstance(request.user, Person):
        raise NotAuthenticated
    return request.user
