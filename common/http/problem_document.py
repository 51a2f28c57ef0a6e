"""Document in OpenAPI that every operation may answer with a problem."""

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
            "description": "Each wrong parameter or field of the request, by its name (`date_from`, `items.0.price`;"
            " `body` is the whole body), and why.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": _TEXT, "message": _TEXT},
            },
        },
    },
}
# FastAPI documents its own validation errors by these schemas, but our services never answer with them.
_UNUSED_SCHEMAS: Final = ("HTTPValidationError", "ValidationError")


def document_problems(app: FastAPI) -> None:
    """Document a problem as the default response of each operation, for every status that it does not list."""
    build_document: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _add_problems(build_document())
        return build_document()

    app.openapi = openapi


def _add_problems(document: dict[str, Any]) -> None:
    for operations in document.get("paths", {}).values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            default = operation["responses"].setdefault("default", {"description": "What went wrong"})
            default.setdefault("content", {})[MEDIA_TYPE] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _UNUSED_SCHEMAS:
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
