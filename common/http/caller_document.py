"""Document in OpenAPI how callers authenticate, as `require` checks it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from common.http.require import ACCESS_TOKEN_SCHEME, API_KEY_SCHEME, Require

_SCHEMES: Final = {
    ACCESS_TOKEN_SCHEME: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    API_KEY_SCHEME: {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_TENANT_HEADER: Final = {
    "name": "X-Tenant-Id",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "format": "uuid", "title": "X-Tenant-Id"},
    "description": "The tenant meant; may be left out by members of a single one",
}


def document_callers(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Add the security schemes and the `X-Tenant-Id` header to every operation that has a `Require` dependency.

    The API key scheme is left out where API keys are always refused.
    """
    build_document: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        is_new = app.openapi_schema is None
        document = build_document()
        if is_new:
            for path, method, guards in _guarded_operations(routers):
                operation = document["paths"][path][method]
                operation.setdefault("parameters", []).append(_TENANT_HEADER)
                schemes = [name for name in _SCHEMES if name != API_KEY_SCHEME or _accepts_api_keys(guards, method)]
                operation["security"] = [{name: []} for name in schemes]
                document.setdefault("components", {}).setdefault("securitySchemes", {}).update(_SCHEMES)
        return document

    app.openapi = openapi


def _accepts_api_keys(guards: Iterable[Require], method: str) -> bool:
    return not any(guard.refuses_keys(method.upper()) for guard in guards)


def _guarded_operations(routers: Iterable[APIRouter]) -> Iterator[tuple[str, str, list[Require]]]:
    """Yield the path and method of each operation that is for members of a tenant, with its `Require` dependencies."""
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                guards = [call for call in _calls(route.dependant) if isinstance(call, Require)]
                for method in route.methods or () if guards else ():
                    yield route.path, method.lower(), guards


def _calls(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)
