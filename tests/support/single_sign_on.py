"""A browser's way through the company's directory."""

from urllib.parse import urlsplit

import requests
from django.http import HttpResponse
from django.test import Client

from crowd.models import Person

LOGIN = "/accounts/oidc/sso/login/"
# Whom the directory sends, unless a test has it send somebody else.
ADDRESS = "nora@company.example"


def ask_directory(address: str) -> str:
    """Where the directory sends a person who goes to this address."""
    with requests.get(address, allow_redirects=False, timeout=60) as answer:
        return answer.headers["Location"]


def come_in(client: Client, path: str = LOGIN) -> HttpResponse:
    """Go to the directory and come back; the site's answer to that."""
    back = urlsplit(ask_directory(client.get(path)["Location"]))
    return client.get(f"{back.path}?{back.query}")


def whoever_is_signed_in(client: Client) -> Person | None:
    return Person.objects.filter(pk=client.session.get("_auth_user_id")).first()
