"""A company's directory that speaks as much of OpenID Connect as a sign-in needs, on a free port of this machine."""

import base64
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt

from tests.support.stand_in import Answering, served

CLIENT_ID, SECRET = "flock", "a secret between the directory and the site, of 48 characters"
# A realm, as Keycloak has it: the directory's address has a path.
REALM = "/realms/company"


@dataclass
class FakeDirectory:
    """Whoever comes to sign in is `claims`, or comes back with `refusal`; a path in `broken` is answered as said there.

    Its userinfo has the claims, its token their `sub` and what is `in_token`.
    """

    url: str = ""
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "17", "email": "nora@company.example"})
    in_token: dict[str, Any] = field(default_factory=dict)
    refusal: str = ""
    broken: dict[str, tuple[int, object]] = field(default_factory=dict)
    audience: str = CLIENT_ID
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer(
        self, method: str, address: str, headers: Any, body: str
    ) -> tuple[int, dict[str, str], object]:
        path = urlsplit(address).path.removeprefix(REALM)
        if path in self.broken:
            return self.broken[path][0], {}, self.broken[path][1]
        if (method, path) == ("GET", "/.well-known/openid-configuration"):
            return 200, {}, self._configuration()
        if (method, path) == ("GET", "/authorize"):
            return self._authorize(dict(parse_qsl(urlsplit(address).query)))
        if (method, path) == ("POST", "/token"):
            return self._token(dict(parse_qsl(body)), headers.get("Authorization", ""))
        if (method, path) == ("GET", "/userinfo"):
            return (
                (200, {}, self.claims) if headers["Authorization"] == "Bearer of good news" else (401, {}, {})
            )
        return 404, {}, {}

    def _configuration(self) -> dict[str, Any]:
        ends = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        return {
            "issuer": self.url,
            **{f"{name}_endpoint": f"{self.url}/{end}" for name, end in ends.items()},
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def _authorize(self, query: dict[str, str]) -> tuple[int, dict[str, str], object]:
        self.asked.append(query)
        back = {"error": self.refusal} if self.refusal else {"code": "a code, once"}
        return 302, {"Location": f"{query['redirect_uri']}?{urlencode(back | {'state': query['state']})}"}, {}

    def _token(self, form: dict[str, str], _authorization: str) -> tuple[int, dict[str, str], object]:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        sent = (form["client_id"], form["client_secret"], form["code"], challenge.decode().rstrip("="))
        if sent != (CLIENT_ID, SECRET, "a code, once", self.asked[-1]["code_challenge"]):
            return 400, {}, {"error": "invalid_grant"}
        identity = {
            "iss": self.url,
            "aud": self.audience,
            "exp": time.time() + 60,
            "sub": self.claims.get("sub"),
            **self.in_token,
        }
        token = jwt.encode(identity, SECRET, algorithm="HS256")
        return 200, {}, {"access_token": "of good news", "token_type": "Bearer", "id_token": token}


@contextmanager
def serving() -> Iterator[FakeDirectory]:
    directory = FakeDirectory()
    with served(_handler(directory)) as address:
        directory.url = f"{address}{REALM}"
        yield directory


def _handler(directory: FakeDirectory) -> type[Answering]:
    class Handler(Answering):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, body: str) -> None:
            self.send(*directory.answer(self.command, self.path, self.headers, body))

    return Handler
