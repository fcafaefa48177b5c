"""Clients of the API."""

from rest_framework.test import APIClient

from crowd.models import Person


def client_of(person: Person | None = None) -> APIClient:
    """`client_of(alice)` speaks as alice, `client_of()` as nobody; the credentials themselves are another test's matter."""
    client = APIClient()
    client.default_format = "json"
    if person is not None:
        client.force_authenticate(person)
    return client
