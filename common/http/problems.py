"""Answer every error of a service as problem+json."""

import re
from contextvars import ContextVar
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from loguru import logger
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from common.db.outage import is_outage
from common.http.methods import METHODS
from common.logging import request_id_var
from common.problem import MEDIA_TYPE, FieldError, Problem, Unavailable, Unprocessable

# The problem by which the current request was answered, if any.
answered_problem: ContextVar[Problem | None] = ContextVar("answered_problem", default=None)

_DAY = re.compile(r"datetime\.date\((\d+), (\d+), (\d+)\)")
_WRONG_METHOD = 405
_TITLES = {404: ("not-found", "Not found"), 405: ("method-not-allowed", "Method not allowed")}


def problem_response(problem: Problem, path: str) -> Response:
    """Return the response for a problem, and set `answered_problem`."""
    answered_problem.set(problem)
    body = msgspec.json.encode(problem.body(path, request_id_var.get()))
    return Response(body, problem.status, {**problem.headers, "Cache-Control": "no-store"}, MEDIA_TYPE)


def _of_http_exception(error: HTTPException) -> Problem:
    slug, title = _TITLES.get(error.status_code, ("http-error", str(error.detail)))
    kind = type("HttpProblem", (Problem,), {"status": error.status_code, "type": slug, "title": title})
    return kind(str(error.detail), headers=dict(error.headers or {}))


def _of_validation(error: RequestValidationError) -> Problem:
    fields = [FieldError(_field(item), _message(str(item["msg"]))) for item in error.errors()]
    return Unprocessable("; ".join(f"{name}: {message}" for name, message in fields), errors=fields)


def _field(item: dict[str, Any]) -> str:
    """Return the field's name as the caller knows it: `date_from` in the query, `items.0.price` in the body, or `body`.

    The services' own checks name fields in the same way.
    """
    where, *names = item["loc"]
    # In a body that is not JSON, pydantic names a character position, which is not a field.
    return where if item["type"] == "json_invalid" or not names else ".".join(map(str, names))


def _message(text: str) -> str:
    """Return the message of pydantic or of one of our validators, with dates as callers write them."""
    return _DAY.sub(lambda found: "{:0>4}-{:0>2}-{:0>2}".format(*found.groups()), text.removeprefix("Value error, "))


class InternalError(Problem):
    """An unexpected error in our code."""

    status = 500
    type = "internal-error"
    title = "Something went wrong on our side"


def unexpected_error_response(request: Request, error: Exception) -> Response:
    """Log an exception that no handler handles, and return a response that does not reveal its cause.

    An outage of a server or a timeout becomes `Unavailable`, everything else `InternalError`.
    """
    if is_outage(error) or isinstance(error, TimeoutError):
        logger.warning("{} {}: {}: {}", request.method, request.url.path, type(error).__name__, error)
        return problem_response(Unavailable("a server that this needs does not answer right now"), request.url.path)
    logger.opt(exception=error).error("{} {}: unforeseen", request.method, request.url.path)
    return problem_response(InternalError("the request id names it in the log"), request.url.path)


def _methods_of(app: FastAPI, scope: Scope) -> list[str]:
    """Return every method that the path supports; the framework names only those of the first matching route.

    Each method is tried, because routes may be nested in routers, which only report whether they match a request.
    """
    served = [
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in app.routes)
    ]
    # Every route for GET also serves HEAD (common.http.head).
    return sorted({*served, "HEAD"}) if "GET" in served else served


def add_problem_handlers(app: FastAPI) -> None:
    """Answer problems, unknown paths and invalid requests as problem+json."""

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101 -- registered for this class only
        return problem_response(error, request.url.path)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 -- registered for this class only
        problem = _of_http_exception(error)
        if problem.status == _WRONG_METHOD:
            problem.headers["Allow"] = ", ".join(_methods_of(app, request.scope))
        return problem_response(problem, request.url.path)

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 -- registered for this class only
        return problem_response(_of_validation(error), request.url.path)

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
