"""Who may do what: one table of every address, method and person, and a proof that no address is missing in it."""

import json
import re
import uuid

import pytest
from django.urls import get_resolver
from django.utils import timezone

from crowd.services import people as accounts
from tests.support.factories import NOW, make_claim, make_grant, make_submission

API = "/api/v1/"
OTHER_METHODS = ("PUT", "PATCH", "DELETE")

# The answers to GET, to POST and to every other method. alice is the author, bob the other contributor, rita the
# reviewer who holds the claim, adam the admin; lena has left and kept her token, so she is turned away also where a
# passer-by may look. What is sent is what the address wants: the person is refused, not the body.
TABLE = """\
address                          anon         author       other        reviewer     admin        disabled
grant/                           401/401/401  200/200/405  200/200/405  200/200/405  200/200/405  401/401/401
contest/                         401/401/401  200/405/405  200/405/405  200/405/405  200/405/405  401/401/401
contest/leaderboard/             401/401/401  200/405/405  200/405/405  200/405/405  200/405/405  401/401/401
submissions/                     401/401/401  200/201/405  200/201/405  200/201/405  200/201/405  401/401/401
submissions/CHECKING/            401/401/401  200/405/405  404/405/405  404/405/405  404/405/405  401/401/401
submissions/IN_REVIEW/           401/401/401  200/405/405  404/405/405  200/405/405  200/405/405  401/401/401
submissions/RETURNED/            401/401/401  200/405/405  404/405/405  404/405/405  404/405/405  401/401/401
submissions/APPROVED/            401/401/401  200/405/405  404/405/405  404/405/405  200/405/405  401/401/401
submissions/REJECTED/            401/401/401  200/405/405  404/405/405  404/405/405  404/405/405  401/401/401
submissions/WITHDRAWN/           401/401/401  200/405/405  404/405/405  404/405/405  404/405/405  401/401/401
submissions/UNKNOWN/             401/401/401  404/405/405  404/405/405  404/405/405  404/405/405  401/401/401
submissions/CHECKING/withdraw/   401/401/401  405/200/405  405/404/405  405/404/405  405/404/405  401/401/401
submissions/IN_REVIEW/withdraw/  401/401/401  405/200/405  405/404/405  405/404/405  405/404/405  401/401/401
submissions/RETURNED/withdraw/   401/401/401  405/200/405  405/404/405  405/404/405  405/404/405  401/401/401
submissions/APPROVED/withdraw/   401/401/401  405/200/405  405/404/405  405/404/405  405/404/405  401/401/401
submissions/REJECTED/withdraw/   401/401/401  405/409/405  405/404/405  405/404/405  405/404/405  401/401/401
submissions/WITHDRAWN/withdraw/  401/401/401  405/409/405  405/404/405  405/404/405  405/404/405  401/401/401
submissions/UNKNOWN/withdraw/    401/401/401  405/404/405  405/404/405  405/404/405  405/404/405  401/401/401
similar/                         401/401/401  405/200/405  405/200/405  405/200/405  405/200/405  401/401/401
reviews/claim/                   401/401/401  405/403/405  405/403/405  405/200/405  405/204/405  401/401/401
reviews/CLAIM/decide/            401/401/401  405/403/405  405/403/405  405/200/405  405/404/405  401/401/401
reviews/UNKNOWN/decide/          401/401/401  405/403/405  405/403/405  405/404/405  405/404/405  401/401/401
me/data/                         401/401/401  200/405/405  200/405/405  200/405/405  200/405/405  401/401/401
me/records/                      401/401/401  200/405/405  200/405/405  200/405/405  200/405/405  401/401/401
me/withdraw/                     401/401/401  405/200/405  405/200/405  405/200/405  405/200/405  401/401/401
me/leave/                        401/401/401  405/400/405  405/400/405  405/400/405  405/400/405  401/401/401
schema/                          200/405/405  200/405/405  200/405/405  200/405/405  200/405/405  401/401/401
docs/                            200/405/405  200/405/405  200/405/405  200/405/405  200/405/405  401/401/401
nothing/                         401/401/401  404/404/404  404/404/404  404/404/404  404/404/404  401/401/401
"""
HEADER, *LINES = (line.split() for line in TABLE.splitlines())
CELLS = [
    pytest.param(address, who, expected, id=f"{who} {address}")
    for address, *answers in LINES
    for who, expected in zip(HEADER[1:], answers, strict=True)
]
BODIES = {
    "grant/": {"version": "1"},
    "submissions/": {
        "category": "open_qa",
        "instruction": "Why do swifts scream at dusk?",
        "response": "They find each other that way.",
    },
    "similar/": {"category": "open_qa", "instruction": "Why do swifts scream at dusk?"},
    # Nobody's password: who may leave is asked for one, and `test_rights` gives it.
    "me/leave/": {"records": "keep", "confirm": "x@flock.example", "password": "x"},
    "reviews/CLAIM/decide/": {"decision": "approve", "version": 1},
    "reviews/UNKNOWN/decide/": {"decision": "approve", "version": 1},
}


@pytest.fixture
def caller(request, client):
    """Somebody's client, with a real token: of nobody, and of lena, who has left and kept hers."""
    cast = {"author": "alice", "other": "bob", "reviewer": "rita", "admin": "adam", "disabled": "lena"}

    def client_of(who):
        headers = {}
        if who != "anon":
            person = request.getfixturevalue(cast[who])
            make_grant(person)
            headers["Authorization"] = f"Bearer {accounts.create_token(person, now=NOW)}"
        return lambda method, url, body: (
            client.generic(method, url, **json_of(body), headers=headers).status_code
        )

    return client_of


def json_of(body):
    return {"data": json.dumps(body), "content_type": "application/json"} if body else {}


def url_of(address, alice, rita):
    """The address with the id of the thing that its capital word names."""
    words = [part for part in address.split("/") if part.isupper()]
    for word in words:
        address = address.replace(word, str(id_of(word, alice, rita)))
    return API + address


def id_of(word, alice, rita):
    if word == "UNKNOWN":
        return uuid.uuid4()
    if word == "CLAIM":
        return make_claim(make_submission(alice), rita, now=timezone.now()).public_id
    return make_submission(alice, state=word.lower()).public_id


class TestThePermissions:
    @pytest.mark.parametrize(("address", "who", "expected"), CELLS)
    def test_are_as_in_the_table(self, alice, rita, caller, address, who, expected):
        if address == "reviews/claim/" and who == "reviewer":
            make_submission(alice)
        call, url = caller(who), url_of(address, alice, rita)
        get, post, *others = [
            call(method, url, BODIES.get(address)) for method in ("GET", "POST", *OTHER_METHODS)
        ]
        (other,) = set(others)
        assert f"{get}/{post}/{other}" == expected

    def test_are_known_for_every_address(self):
        """The addresses of the crowd's part; the releases', runs', models' and lineages' have tables of their own."""
        known = {pattern_of(address) for address, *_ in LINES} - {"nothing/"}
        assert {
            route for route in routes() if not route.startswith(("releases/", "runs/", "models/", "lineage/"))
        } == known


def pattern_of(address):
    return "/".join("ID" if part.isupper() else part for part in address.split("/"))


def routes():
    """Every address below /api/v1/ as the resolver has it, with ID for whatever varies."""
    (api,) = [pattern for pattern in get_resolver().url_patterns if str(pattern.pattern) == API.lstrip("/")]
    for pattern in flat(api.url_patterns):
        if route := str(pattern):
            yield re.sub(r"<[^>]+>", "ID", route)


def flat(patterns, before=""):
    for pattern in patterns:
        route = before + str(pattern.pattern)
        yield from flat(pattern.url_patterns, route) if hasattr(pattern, "url_patterns") else [route]
