"""Merges the services' OpenAPI documents: the paths that the gateway routes to them, with schemas named by service."""

import re
from typing import Any, Final, cast

from services.gateway.domain.introduction import INTRODUCTION, TAGS
from services.gateway.domain.routes import needs_no_token, service_of

_METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options")
_SCHEMA_REF = re.compile(r"^#/components/schemas/")
# The characters that the gateway allows in a segment of a path.
_SEGMENT: Final = r"^[^\x00-\x1f\x7f/\\;%]+$"
_CONSTRAINTS: Final = frozenset({"const", "enum", "format", "pattern"})
_PARAMETER: Final = re.compile(r"\{[^}]*\}")
BEARER: Final = "access token"

Document = dict[str, Any]


def merged(documents: dict[str, Document]) -> Document:
    """Return the document of the whole system from those of the services, by service name."""
    paths: Document = {}
    components: Document = {"securitySchemes": {BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}}
    for service in sorted(documents):
        document = cast("Document", _with_own_schemas(documents[service], service))
        for path, operations in document.get("paths", {}).items():
            if service_of(_PARAMETER.sub("x", path)) == service:
                paths[path] = _with_security(operations, path, service)
        for kind, parts in document.get("components", {}).items():
            prefix = f"{service}." if kind == "schemas" else ""
            components.setdefault(kind, {}).update({prefix + name: part for name, part in parts.items()})
    return {
        "openapi": "3.1.0",
        "info": {"title": "Branchwise", "version": "1", "description": INTRODUCTION},
        "paths": dict(sorted(paths.items())),
        "components": components,
        "tags": [{"name": service, "description": TAGS.get(service, "")} for service in sorted(documents)],
    }


def _with_own_schemas(part: Any, service: str) -> Any:
    """Return the part with schema references prefixed by the service, because schema names may clash."""
    if isinstance(part, dict):
        return {key: _with_own_schemas(value, service) for key, value in cast("Document", part).items()}
    if isinstance(part, list):
        return [_with_own_schemas(value, service) for value in cast("list[Any]", part)]
    if isinstance(part, str):
        return _SCHEMA_REF.sub(f"#/components/schemas/{service}.", part)
    return part


def _with_security(operations: Document, path: str, service: str) -> Document:
    """Return a path's operations, tagged with their service, with the token that all but the open ones need."""
    security = [] if needs_no_token(_PARAMETER.sub("x", path)) else [{BEARER: cast("list[str]", [])}]
    for operation in (value for key, value in operations.items() if key in _METHODS):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path" and parameter["schema"].keys().isdisjoint(_CONSTRAINTS):
                parameter["schema"] = {**parameter["schema"], "pattern": _SEGMENT}
    return {
        key: {**value, "tags": [service], "security": value.get("security", security)} if key in _METHODS else value
        for key, value in operations.items()
    }
