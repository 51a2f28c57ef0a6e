"""Answers that a browser may keep: a weak ETag of the body, and 304 where the caller has it already."""

from typing import Any

from fastapi import Request
from starlette.responses import Response

from common.answers import Answer

_CACHE = "private, max-age=0, must-revalidate"


def etagged(request: Request, content: Any, quality: str = "") -> Response:
    """The content as JSON, or 304 without a body where `If-None-Match` names it."""
    return answered(request, Answer.of(content, quality))


def answered(request: Request, answer: Answer) -> Response:
    """The bytes of an answer, or 304 without a body where `If-None-Match` names its ETag."""
    etag = answer.etag
    # What an answer holds hangs on who asks and for which tenant.
    headers = {"ETag": etag, "Cache-Control": _CACHE, "Vary": "Authorization, X-Tenant-Id"}
    if answer.quality:
        headers["X-Data-Quality"] = answer.quality
    asked_with = request.headers.get("if-none-match")
    if asked_with is not None:
        known = {name.strip() for name in asked_with.split(",")}
        if known & {etag, etag.removeprefix("W/"), "*"}:
            return Response(status_code=304, headers=headers)
    return Response(answer.body, 200, headers, "application/json")
