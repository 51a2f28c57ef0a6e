"""Answers that a browser may keep: a weak ETag of the body, and 304 where the caller has it already."""

from collections.abc import Iterable
from typing import Any, Final

from fastapi import Request
from starlette.responses import Response
from starlette.types import Scope, Send

from common.answers import Answer
from common.http.if_none_match import names_etag

Header = tuple[bytes, bytes]
_CACHE: Final = (b"cache-control", b"private, max-age=0, must-revalidate")
# What an answer holds hangs on who asks and for which tenant.
_VARY: Final = (b"vary", b"Authorization, X-Tenant-Id")
_JSON: Final = (b"content-type", b"application/json")


def etagged(request: Request, content: Any, quality: str = "") -> Response:
    """The content as JSON, or 304 without a body where `If-None-Match` names it."""
    return answered(request, Answer.of(content, quality))


def answered(request: Request, answer: Answer) -> Response:
    """The bytes of an answer, or 304 without a body where `If-None-Match` names its ETag."""
    status, headers, body = _as_sent(request.headers.raw, answer)
    response = Response(body, status)
    response.raw_headers = headers
    return response


async def send_answered(scope: Scope, send: Send, answer: Answer) -> None:
    """Send the same at once: to make a Response of it takes longer than to find the answer."""
    status, headers, body = _as_sent(scope["headers"], answer)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _as_sent(asked: Iterable[Header], answer: Answer) -> tuple[int, list[Header], bytes]:
    headers = [(b"etag", answer.etag.encode("ascii")), _CACHE, _VARY]
    if answer.quality:
        headers.append((b"x-data-quality", answer.quality.encode("latin-1")))
    for name, value in asked:
        if name == b"if-none-match":
            if names_etag(value.decode("latin-1"), answer.etag):
                return 304, headers, b""
            break
    headers += ((b"content-length", b"%d" % len(answer.body)), _JSON)
    return 200, headers, answer.body
