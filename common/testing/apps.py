"""Applications of services that several tests run one after the other."""

from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager

from fastapi import FastAPI

from common.http.app import ServiceSpec, create_app
from common.settings import Settings

_idle: defaultdict[int, list[tuple[ServiceSpec, FastAPI]]] = defaultdict(list)


@contextmanager
def app_of(spec: ServiceSpec, settings: Settings) -> Generator[FastAPI]:
    """The service's application with these settings, which nobody else has meanwhile.

    One that has run before keeps its routes: to put those together takes a tenth of a second.
    """
    idle = _idle[id(spec)]
    app = idle.pop()[1] if idle else create_app(spec, settings)
    app.state.settings = settings
    try:
        yield app
    finally:
        del app.state.settings
        if hasattr(app.state, "context"):
            del app.state.context
        idle.append((spec, app))
