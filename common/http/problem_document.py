"""Errors in the OpenAPI documents: every call may answer with a problem, said once for all of them."""

from collections.abc import Callable
from typing import Any, Final

from fastapi import FastAPI

from common.problem import MEDIA_TYPE

_TEXT: Final = {"type": "string"}
_PROBLEM: Final = {
    "title": "Problem",
    "description": "An error (RFC 9457): `type` tells kinds apart, `request_id` finds it in the log.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "instance": _TEXT,
        "request_id": _TEXT,
        "errors": {
            "description": "Each wrong field of the request, and why.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": _TEXT, "message": _TEXT},
            },
        },
    },
}
# What FastAPI tells of its own validation errors, which no caller ever sees here.
_NOT_ANSWERED: Final = ("HTTPValidationError", "ValidationError")


def document_problems(app: FastAPI) -> None:
    """Have the app's document say that any status a call does not list is a problem."""
    undocumented: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _add_problems(undocumented())
        return undocumented()

    app.openapi = openapi


def _add_problems(document: dict[str, Any]) -> None:
    for operations in document.get("paths", {}).values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            default = operation["responses"].setdefault("default", {"description": "What went wrong"})
            default.setdefault("content", {})[MEDIA_TYPE] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _NOT_ANSWERED:
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
