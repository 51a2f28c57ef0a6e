"""Who may call, in the OpenAPI documents: a call that is refused to every API key offers none."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from common.auth.principal import API_KEY_SCHEME, Require


def document_callers(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Have the app's document offer an API key only where one can be taken."""
    undocumented: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        is_new = app.openapi_schema is None
        document = undocumented()
        if is_new:
            for path, method in _for_people_alone(routers):
                operation = document["paths"][path][method]
                operation["security"] = [way for way in operation["security"] if API_KEY_SCHEME not in way]
        return document

    app.openapi = openapi


def _for_people_alone(routers: Iterable[APIRouter]) -> Iterator[tuple[str, str]]:
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                judges = [call for call in _calls(route.dependant) if isinstance(call, Require)]
                for method in route.methods or ():
                    if any(judge.refuses_keys(method) for judge in judges):
                        yield route.path, method.lower()


def _calls(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)
