"""Who calls the API: a bearer token, kept as a hash by knox, or the session of a signed-in page."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication


class BearerAuthentication(TokenAuthentication):
    """`Authorization: Bearer TOKEN`. Missing or bad credentials are answered with 401 and this scheme's name."""

    def authenticate_header(self, request: object) -> str:  # noqa: ARG002 -- DRF's signature
        return "Bearer"


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI schema speaks of it."""

    target_class = "crowd.views.api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002 -- the base's signature
        return {"type": "http", "scheme": "bearer"}
