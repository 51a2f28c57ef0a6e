"""Build a service's ASGI application: start, stop, health, metrics, docs, errors and background workers."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, partial

import httpx
from fastapi import APIRouter, FastAPI
from loguru import logger
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.auth.access_changes import listen
from common.auth.authenticator import Authenticator
from common.db import DatabaseNotReady, connect_when_ready
from common.events.bus import Bus, BusNotReady
from common.events.consumer import Consumer
from common.events.relay import Relay
from common.events.teller import Teller
from common.http import docs_page, health
from common.http.caller_document import document_callers
from common.http.context import ServiceContext
from common.http.head import HeadAnswers
from common.http.housekeeping import keep_house
from common.http.idempotency import Idempotency
from common.http.problem_document import document_problems
from common.http.problems import add_problem_handlers
from common.http.request_context import RequestContext
from common.http.workers import Workers
from common.jobs import JobKind
from common.jobs.runner import JobRunner
from common.key_uses import KeyUses
from common.logging import configure_logging
from common.refusals import Refusals
from common.sealing import hint_for_production
from common.settings import Settings, get_settings

Background = Callable[[ServiceContext], Awaitable[None]]
# At its start, a service waits this long for each server that it needs. Then it exits, so that its supervisor restarts
# it: it does not react to signals while it waits.
_CONNECT_SECONDS = 15
_STOP_SECONDS = 20


@dataclass(frozen=True)
class ServiceSpec:
    """The parts of which a service consists.

    `background` functions run until `context.stopping` is set. `on_start` runs before the first request is accepted,
    and `on_stop` after the last one. `idempotency_exempt` lists path prefixes to which `Idempotency-Key` does not
    apply, such as those of uploads. `layers` are the service's own ASGI middleware; they run inside `RequestContext`.
    """

    name: str
    title: str
    description: str
    routers: Sequence[APIRouter] = ()
    consumers: Sequence[Consumer[ServiceContext]] = ()
    jobs: Sequence[JobKind] = ()
    background: Sequence[Background] = ()
    on_start: Background | None = None
    on_stop: Background | None = None
    idempotency_exempt: Sequence[str] = field(default_factory=tuple)
    layers: Sequence[Callable[[ASGIApp], ASGIApp]] = ()


def create_app(spec: ServiceSpec, settings: Settings | None = None) -> FastAPI:
    """Build the service's ASGI application. It opens its connections when the server starts it, not before."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        settings: Settings = app.state.settings
        configure_logging(spec.name, settings)
        try:
            context = await _start(spec, settings)
        except (DatabaseNotReady, BusNotReady) as error:
            app.state.startup_error = str(error)
            raise
        app.state.context = context
        tasks = _run_workers(spec, context)
        _freeze_loaded_objects()
        logger.info("{} is ready", spec.title)
        try:
            yield
        finally:
            await _stop(spec, context, tasks)

    app = _ServiceApp(
        title=f"Branchwise {spec.title}",
        description=spec.description,
        version="1",
        lifespan=lifespan,
        debug=False,
        docs_url=None,  # common.http.docs_page serves this path
        redoc_url=None,
        redirect_slashes=False,
        # We do not use OpenTelemetry. Checking that at each request would take as long as returning a cached answer.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    add_problem_handlers(app)
    app.add_layers(spec)
    app.add_middleware(HeadAnswers)
    app.add_middleware(Idempotency, exempt=tuple(spec.idempotency_exempt))
    app.state.settings = settings or get_settings()
    app.state.routers = spec.routers
    # Routes are matched in this order, which takes a large part of a short request: the most frequent ones come first.
    for router in (*spec.routers, health.router, docs_page.router):
        app.include_router(router)
    document_problems(app)
    document_callers(app, spec.routers)
    return app


class _ServiceApp(FastAPI):
    """FastAPI inside `RequestContext` and the service's own layers.

    An answer that a layer gives without running a route does not pass through FastAPI's middleware.
    """

    def add_layers(self, spec: ServiceSpec) -> None:
        """Wrap FastAPI in the service's own layers, and those in `RequestContext`."""
        app: ASGIApp = super().__call__
        for layer in spec.layers:
            app = layer(app)
        self._outermost = RequestContext(app, spec.name)

    def build_middleware_stack(self) -> ASGIApp:
        """Return FastAPI's stack without its handler of unexpected errors.

        RequestContext answers those instead, and it also covers the layers.
        """
        stack = super().build_middleware_stack()
        assert isinstance(stack, ServerErrorMiddleware)  # noqa: S101 -- FastAPI puts it outermost
        return stack.app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a WebSocket, or run the lifespan."""
        scope["app"] = self
        await self._outermost(scope, receive, self._with_startup_error(send) if scope["type"] == "lifespan" else send)

    def _with_startup_error(self, send: Send) -> Send:
        """Have the server log one sentence instead of a traceback if the database or the bus did not answer."""

        async def send_message(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed" and (error := getattr(self.state, "startup_error", "")):
                message = {**message, "message": error}
            await send(message)

        return send_message


@cache
def _freeze_loaded_objects() -> None:
    """Exclude the objects loaded so far from garbage collection.

    They live as long as the process, and each full collection of them would stop the process for 0.2 seconds.
    """
    gc.collect()
    gc.freeze()


async def _start(spec: ServiceSpec, settings: Settings) -> ServiceContext:
    if hint := hint_for_production(settings):
        logger.warning(hint)
    pool_size = settings.database_pool_size + settings.database_max_overflow
    database = await connect_when_ready(
        settings.dsn(spec.name), service=spec.name, max_size=pool_size, within_seconds=_CONNECT_SECONDS
    )
    bus = await Bus.connect_when_ready(settings.bus_url, name=spec.name, within_seconds=_CONNECT_SECONDS)
    http = httpx.AsyncClient(timeout=httpx.Timeout(10, connect=3))
    stopping = asyncio.Event()
    context = ServiceContext(
        name=spec.name,
        settings=settings,
        db=database,
        bus=bus,
        http=http,
        auth=Authenticator(settings, database, http, name=spec.name),
        relay=Relay(spec.name, database, bus),
        key_uses=KeyUses(),
        refusals=Refusals(spec.name),
        workers=Workers(spec.name, stopping),
        consumers=spec.consumers,
        stopping=stopping,
    )
    if spec.on_start is not None:
        await spec.on_start(context)
    await listen(bus.client, context.auth.forget)
    return context


def _run_workers(spec: ServiceSpec, context: ServiceContext) -> list[asyncio.Task[None]]:
    stopping = context.stopping
    teller = Teller(spec.name, context.db, context.relay, [context.key_uses, context.refusals])
    workers: list[tuple[str, Callable[[], Awaitable[None]]]] = [
        ("relay", partial(context.relay.run, stopping)),
        ("housekeeping", partial(keep_house, context)),
        ("teller", partial(teller.run, stopping)),
    ]
    workers += [(consumer.contract.TYPE, partial(consumer.run, context, stopping)) for consumer in spec.consumers]
    workers += [(run.__name__, partial(run, context)) for run in spec.background]
    if spec.jobs:
        workers.append(("jobs", partial(JobRunner(context, spec.jobs).run, stopping)))
    return [asyncio.create_task(context.workers.keep(name, run)) for name, run in workers]


async def _stop(spec: ServiceSpec, context: ServiceContext, tasks: list[asyncio.Task[None]]) -> None:
    logger.info("stopping: finishing what is in hand")
    context.stopping.set()
    context.wake_relay()
    _, unfinished = await asyncio.wait(tasks, timeout=_STOP_SECONDS)
    for task in unfinished:
        task.cancel()
    if spec.on_stop is not None:
        await spec.on_stop(context)
    await context.http.aclose()
    await context.bus.close()
    await asyncio.wait_for(context.db.close(), _STOP_SECONDS)
    logger.info("stopped")
