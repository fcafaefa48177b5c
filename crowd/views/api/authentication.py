"""Who calls the API: a bearer token, kept as a hash by knox, or the session of a signed-in page."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed


class BearerAuthentication(TokenAuthentication):
    """`Authorization: Bearer TOKEN`. Missing or bad credentials are answered with 401 and this scheme's name."""

    def authenticate_header(self, request: object) -> str:
        return "Bearer"

    def authenticate_credentials(self, token: bytes) -> Any:
        # knox decodes and looks up whatever comes; bytes that are no text, or a NUL, would be an error of ours.
        if not token.isalnum():
            raise AuthenticationFailed(_("Invalid token."))
        return super().authenticate_credentials(token)


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI schema speaks of it."""

    target_class = "crowd.views.api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
