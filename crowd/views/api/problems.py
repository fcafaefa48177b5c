"""Every refusal of the API as problem details (RFC 9457), whatever raised it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from crowd import permissions
from crowd.domain.workflow import IllegalMove
from crowd.services import errors

PROBLEM_JSON = "application/problem+json"
# Where a form's field stands in a body.
IN_THE_BODY = {"passage_url": "passage.url"}


def as_problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: our refusals by their own status, DRF's and Django's by theirs."""
    ours = _ours(error, context)
    if ours is not None:
        set_rollback()
        return ours
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(str(error) or None)
    response = exception_handler(error, context)
    if response is None:
        return None
    fields = response.data if isinstance(error, exceptions.ValidationError) else None
    detail = _("Some fields are wrong.") if fields is not None else str(getattr(error, "detail", error))
    headers = {
        name: response[name]
        for name in ("WWW-Authenticate", "Retry-After", "Allow")
        if response.has_header(name)
    }
    return problem(response.status_code, detail, errors=fields, headers=headers)


def problem(code: int, detail: str, *, headers: dict[str, str] | None = None, **members: Any) -> Response:
    """A problem document; members that are None are left out."""
    body = {"type": "about:blank", "title": _title(code), "status": code, "detail": detail}
    body |= {name: value for name, value in members.items() if value is not None}
    return Response(body, status=code, headers=headers, content_type=PROBLEM_JSON)


def _ours(error: Exception, context: dict[str, Any]) -> Response | None:
    match error:
        case errors.Refused():
            return _refused(error)
        case errors.GrantMissing():
            return problem(403, str(error), grant=error.wording.version)
        case errors.NotAllowed():
            return problem(403, str(error))
        case errors.ExactCopy():
            return problem(409, str(error), id=_nameable(error, context["request"].user))
        case errors.Conflict():
            return problem(409, str(error))
        case IllegalMove():
            return problem(409, str(error), state=error.state)
        case errors.KeyReused():
            return problem(422, str(error))
    return None


def _refused(error: errors.Refused) -> Response:
    """The findings, and their messages beside the fields as the request's body has them."""
    findings = [
        {**vars(finding), "field": IN_THE_BODY.get(finding.field, finding.field)}
        for finding in error.findings
    ]
    fields: dict[str, Any] = {}
    for finding in findings:
        *outer, name = finding["field"].split(".")
        beside = fields.setdefault(outer[0], {}) if outer else fields
        beside.setdefault(name, []).append(finding["message"])
    return problem(400, _("Some fields are wrong."), errors=fields, findings=findings)


def _nameable(error: errors.ExactCopy, person: Any) -> str | None:
    """The copy's id where it may be told."""
    may_be_told = permissions.may_name_copy(person, error.other, error.text_hash)
    return str(error.other.public_id) if may_be_told else None


def _title(code: int) -> str:
    return {
        status.HTTP_400_BAD_REQUEST: _("Wrong request"),
        status.HTTP_401_UNAUTHORIZED: _("Not signed in"),
        status.HTTP_403_FORBIDDEN: _("Not allowed"),
        status.HTTP_404_NOT_FOUND: _("Not found"),
        status.HTTP_405_METHOD_NOT_ALLOWED: _("Method not allowed"),
        status.HTTP_406_NOT_ACCEPTABLE: _("Only JSON can be had"),
        status.HTTP_409_CONFLICT: _("Conflict"),
        status.HTTP_413_REQUEST_ENTITY_TOO_LARGE: _("Body too large"),
        status.HTTP_415_UNSUPPORTED_MEDIA_TYPE: _("Unsupported media type"),
        status.HTTP_422_UNPROCESSABLE_ENTITY: _("Key already used"),
        status.HTTP_429_TOO_MANY_REQUESTS: _("Too many requests"),
    }.get(code, _("Error"))
