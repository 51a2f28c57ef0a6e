"""Responses with a weak ETag of the body, and 304 for a caller who has that body already."""

from collections.abc import Iterable
from typing import Any, Final

from fastapi import Request
from starlette.responses import Response
from starlette.types import Scope, Send

from common.answers import Answer
from common.http.if_none_match import names_etag

Header = tuple[bytes, bytes]
_CACHE_CONTROL: Final = (b"cache-control", b"private, max-age=0, must-revalidate")
# An answer depends on the caller and on the tenant.
_VARY: Final = (b"vary", b"Authorization, X-Tenant-Id")
_JSON: Final = (b"content-type", b"application/json")


def etagged(request: Request, content: Any, quality: str = "") -> Response:
    """Return the content as JSON, or 304 without a body if `If-None-Match` names its ETag."""
    return answered(request, Answer.of(content, quality))


def answered(request: Request, answer: Answer) -> Response:
    """Return the answer's bytes, or 304 without a body if `If-None-Match` names its ETag."""
    status, headers, body = _parts(request.headers.raw, answer)
    response = Response(body, status)
    response.raw_headers = headers
    return response


async def send_answered(scope: Scope, send: Send, answer: Answer) -> None:
    """Send what `answered` returns, without a Response: building one takes longer than finding the cached answer."""
    status, headers, body = _parts(scope["headers"], answer)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _parts(request_headers: Iterable[Header], answer: Answer) -> tuple[int, list[Header], bytes]:
    headers = [(b"etag", answer.etag.encode("ascii")), _CACHE_CONTROL, _VARY]
    if answer.quality:
        headers.append((b"x-data-quality", answer.quality.encode("latin-1")))
    for name, value in request_headers:
        if name == b"if-none-match":
            if names_etag(value.decode("latin-1"), answer.etag):
                return 304, headers, b""
            break
    headers += ((b"content-length", b"%d" % len(answer.body)), _JSON)
    return 200, headers, answer.body
