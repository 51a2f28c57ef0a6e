"""The gateway as a plain ASGI application: it checks path, token and tenant, then forwards to a service."""

import asyncio
import gc
import os
from functools import partial
from time import perf_counter

import httpx
import msgspec
from loguru import logger
from starlette.types import Receive, Scope, Send

from common.http.methods import SAFE_METHODS
from common.http.workers import Workers
from common.logging import address_var, configure_logging, request_id_var
from common.problem import MEDIA_TYPE, Problem
from common.rate_limits import open_storage
from common.request_lines import RequestLines
from common.settings import SERVICES_WITH_DATABASE, Settings, get_settings
from services.gateway.api.forwarding import forward
from services.gateway.api.metrics import metrics_served, note_request
from services.gateway.api.own_answers import OWN_PATHS, OwnAnswers
from services.gateway.api.sockets import Sockets, refuse_socket
from services.gateway.domain.addresses import Proxies
from services.gateway.domain.answer_headers import AnswerHeaders, RawHeaders
from services.gateway.domain.callers import Callers
from services.gateway.domain.limits import Limits
from services.gateway.domain.request_headers import SiftedHeaders, forget_headers, sift
from services.gateway.domain.routes import route_of
from services.gateway.errors import NoSuchPath, OriginRefused
from services.gateway.sources.access_changes import follow
from services.gateway.sources.auth import Auth
from services.gateway.sources.request_body import CallerGone, Incoming
from services.gateway.sources.upstream import Upstream

_FAULT = 500
_MINUTE = 60
# A path may be as long as a caller likes; a log line may not.
_MAX_LOGGED_CHARACTERS = 300


class Gateway:
    """The gateway application. It opens no connections before the server starts it."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._given_settings = settings
        # Of refused requests only: what is forwarded has its line in the service's log.
        self._request_lines = RequestLines()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, a socket, or the server's start and stop (lifespan)."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._serve_socket(scope, receive, send)
        else:
            await self._run_lifespan(receive, send)

    async def _run_lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        settings = self._given_settings or get_settings()
        configure_logging("gateway", settings)
        async with httpx.AsyncClient(timeout=10) as http, metrics_served(settings.gateway_metrics_port):
            self._places = {service: ("127.0.0.1", settings.port_of(service)) for service in SERVICES_WITH_DATABASE}
            self._answer_headers = AnswerHeaders(
                settings.cors_origin_list, is_https=settings.base_url.startswith("https:")
            )
            self._proxies = Proxies(settings.trusted_proxies)
            self._upstream = Upstream()
            self._callers = Callers(Auth(settings, http, self._upstream))
            storage = open_storage(settings)
            self._limits = Limits(storage, settings.requests_per_second)
            self._own_answers = OwnAnswers(settings, http, self._answer_headers)
            self._sockets = Sockets(self._callers)
            workers = Workers("gateway", asyncio.Event())  # never set: the tasks are cancelled when the gateway stops
            follow_changes = partial(follow, settings.bus_url, self._callers.forget, self._callers.forget_everything)
            background = [
                asyncio.create_task(workers.keep("access_changes", follow_changes)),
                asyncio.create_task(workers.keep("forget_headers", _forget_headers_each_minute)),
            ]
            _collect_garbage_rarely()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            self._sockets.close()
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            self._upstream.close()
            await storage.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        sifted = SiftedHeaders([], "")
        incoming: Incoming | None = None
        try:
            sifted = await self._sift(scope)
            if sifted.has_body:
                receive = incoming = Incoming(receive)
            await self._check_and_forward(scope, sifted, receive, send)
        except Problem as problem:
            await self._refuse(problem, scope, sifted, began, send)
        except CallerGone:
            logger.info("{} {}: the caller left before the answer", scope["method"], scope["path"])
            return
        except Exception:
            sifted.status = sifted.status or _FAULT  # the server answers an unexpected exception with 500
            raise
        finally:
            note_request(scope["method"], sifted, perf_counter() - began)
        if incoming is not None:
            await incoming.linger()

    async def _sift(self, scope: Scope) -> SiftedHeaders:
        """Read the headers, and count the request for its address, whether or not it will be refused."""
        came_from = self._proxies.origin(scope.get("client"), scope["scheme"], scope["headers"])
        try:
            sifted = sift(scope["headers"], came_from, scope.get("method", "GET"))
        except Problem:
            await self._limits.refusal_of_address(came_from.counted_as)
            raise
        request_id_var.set(sifted.request_id)
        address_var.set(came_from.address)
        sifted.refusal = await self._limits.refusal_of_address(came_from.counted_as)
        return sifted

    async def _check_and_forward(self, scope: Scope, sifted: SiftedHeaders, receive: Receive, send: Send) -> None:
        if sifted.refusal is not None:
            raise sifted.refusal
        route = route_of(scope["raw_path"])
        sifted.route = route.service or (route.path if route.path in OWN_PATHS else sifted.route)
        if scope["method"] == "OPTIONS" and sifted.origin is not None:
            headers = self._answer_headers.preflight(sifted.request_id, sifted.origin)
            sifted.status = 204
            await send({"type": "http.response.start", "status": sifted.status, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        if route.path in OWN_PATHS:
            await self._own_answers.give(route.path, scope["method"], sifted, send)
            return
        limit_headers: RawHeaders = []
        if not route.is_open:
            caller = await self._callers.judge(sifted.credentials, sifted.tenants)
            limit_headers = await self._limits.count_caller(caller)
        if not route.service:
            raise NoSuchPath
        if route.service == "auth" and scope["method"] not in SAFE_METHODS:
            self._callers.forget_caller(sifted.credentials)
        place = self._places[route.service]
        await forward(self._upstream, self._answer_headers, route, place, scope, sifted, limit_headers, receive, send)

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        sifted = SiftedHeaders([], "")
        try:
            sifted = await self._sift(scope)
            if sifted.refusal is not None:
                raise sifted.refusal
            if sifted.origin is not None and not self._answer_headers.allows(sifted.origin):
                raise OriginRefused
            route = route_of(scope["raw_path"])
            # A socket may be opened with a ticket alone. If it has credentials too, they must be valid all the same.
            is_open = route.is_open and not sifted.credentials
            if not is_open:
                await self._limits.count_caller(await self._callers.judge(sifted.credentials, sifted.tenants))
            if not route.service:
                raise NoSuchPath
            place = self._places[route.service]
            await self._sockets.serve(route.service, place, scope, sifted, receive, send, is_open=is_open)
        except Problem as problem:
            body = _problem_body(problem, scope, sifted)
            headers = self._answer_headers.own(sifted.request_id, sifted.origin)
            await refuse_socket(problem, body, headers, scope, receive, send)

    async def _refuse(self, problem: Problem, scope: Scope, sifted: SiftedHeaders, began: float, send: Send) -> None:
        body = _problem_body(problem, scope, sifted)
        if problem.status >= _FAULT:
            logger.warning("{} {}: {} {}", scope["method"], scope["path"], problem.status, problem.detail)
        call = f"{scope['method']} {scope['path']}"
        if len(call) > _MAX_LOGGED_CHARACTERS:
            call = call[: _MAX_LOGGED_CHARACTERS - 1] + "…"
        self._request_lines.note(call, problem.status, perf_counter() - began)
        headers = {**problem.headers, "Cache-Control": "no-store"}
        await self._own_answers.send(send, sifted, problem.status, MEDIA_TYPE, body, more=headers)


def _problem_body(problem: Problem, scope: Scope, sifted: SiftedHeaders) -> bytes:
    """Encode the problem; if the headers were refused before a request id was read, give the request one."""
    if not sifted.request_id:
        sifted.request_id = os.urandom(16).hex()
        request_id_var.set(sifted.request_id)
    return msgspec.json.encode(problem.body(scope["path"], sifted.request_id))


async def _forget_headers_each_minute() -> None:
    while True:
        await asyncio.sleep(_MINUTE)
        forget_headers()


def _collect_garbage_rarely() -> None:
    """Exclude long-lived objects from garbage collection and run it rarely: it delayed one answer in a hundred."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
