"""Who may call, in the OpenAPI documents: what `require` asks for, and no API key where every one is refused."""

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
_TENANT: Final = {
    "name": "X-Tenant-Id",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "format": "uuid", "title": "X-Tenant-Id"},
    "description": "The tenant meant; may be left out by members of a single one",
}


def document_callers(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Have the app's document say which headers tell the caller, and offer an API key only where one can be taken."""
    undocumented: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        is_new = app.openapi_schema is None
        document = undocumented()
        if is_new:
            for path, method, judges in _judged(routers):
                operation = document["paths"][path][method]
                operation.setdefault("parameters", []).append(_TENANT)
                ways = [name for name in _SCHEMES if name != API_KEY_SCHEME or _takes_keys(judges, method)]
                operation["security"] = [{name: []} for name in ways]
                document.setdefault("components", {}).setdefault("securitySchemes", {}).update(_SCHEMES)
        return document

    app.openapi = openapi


def _takes_keys(judges: Iterable[Require], method: str) -> bool:
    return not any(judge.refuses_keys(method.upper()) for judge in judges)


def _judged(routers: Iterable[APIRouter]) -> Iterator[tuple[str, str, list[Require]]]:
    """Every path and method that is for members of a tenant, with what it asks of them."""
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                judges = [call for call in _calls(route.dependant) if isinstance(call, Require)]
                for method in route.methods or () if judges else ():
                    yield route.path, method.lower(), judges


def _calls(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)
