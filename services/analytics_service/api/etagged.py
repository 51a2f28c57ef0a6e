"""Answers that a browser may keep: a weak ETag of the body, and 304 where the caller has it already."""

from hashlib import blake2b
from typing import Any

from fastapi import Request
from starlette.responses import Response

from common.http.json import JsonAnswer

_CACHE = "private, max-age=0, must-revalidate"


def etagged(request: Request, content: Any) -> Response:
    """The content as JSON, or 304 without a body where `If-None-Match` names it."""
    answer = JsonAnswer(content)
    etag = f'W/"{blake2b(answer.body, digest_size=12).hexdigest()}"'
    # What an answer holds hangs on who asks and for which tenant.
    headers = {"ETag": etag, "Cache-Control": _CACHE, "Vary": "Authorization, X-Tenant-Id"}
    known = {name.strip() for name in request.headers.get("if-none-match", "").split(",")}
    if known & {etag, etag.removeprefix("W/"), "*"}:
        return Response(status_code=304, headers=headers)
    answer.headers.update(headers)
    return answer
