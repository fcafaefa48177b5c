"""Chunked request bodies: Django reads what has a length alone, so the body is gathered and given one."""

import io
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def gather_body(application: Application) -> Application:
    """Wrap a WSGI application. One byte above the limit is enough for `limit_body` to answer 413; no more is read."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        # Only a server that ends its input by itself, as gunicorn does, can be read without a length.
        if environ.get("HTTP_TRANSFER_ENCODING") and environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read(settings.MAX_BODY_BYTES + 1)
            environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environ, start_response)

    return wrapped
