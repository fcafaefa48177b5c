"""Doors that only take POST. Who is signed out there comes back to the page they came from, not to a 405."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

View = Callable[..., HttpResponse]


def post_only(page: str, *names: str) -> Callable[[View], View]:
    """A view behind sign-in and POST. `page` is where to go on afterwards, with these arguments of the view's own."""

    def decorate(view: View) -> View:
        @wraps(view)
        def door(request: HttpRequest, **arguments: Any) -> HttpResponse:
            if request.user.is_authenticated:
                return view(request, **arguments)
            return redirect_to_login(reverse(page, kwargs={name: arguments[name] for name in names}))

        return require_POST(door)

    return decorate
