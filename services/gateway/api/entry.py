"""The gateway as one plain ASGI application: judge the path, the token and the tenant, then pass on."""

import httpx
import msgspec
from loguru import logger
from starlette.types import Receive, Scope, Send

from common.http.docs_page import DOCS, DOCS_FILES, KEEP_FOR_AN_HOUR, docs_file, docs_page
from common.logging import configure_logging, request_id_var
from common.problem import MEDIA_TYPE, Problem
from common.settings import SERVICES_WITH_DATABASE, Settings, get_settings
from services.gateway.api.documents import Documents
from services.gateway.api.forwarding import pass_on
from services.gateway.api.health import Readiness
from services.gateway.domain.answer_headers import AnswerHeaders
from services.gateway.domain.paths import judged_path
from services.gateway.domain.request_headers import SiftedHeaders, sift
from services.gateway.domain.routes import needs_no_token, service_of
from services.gateway.errors import MethodNotAllowed, NoSuchPath
from services.gateway.sources.callers import Callers
from services.gateway.sources.request_body import CallerGone, Incoming
from services.gateway.sources.upstream import Upstream, open_client

_JSON = "application/json"
_HTML = "text/html; charset=utf-8"
# Swagger's page starts itself by a few lines that stand in it, and styles what it draws.
_DOCS_CSP = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    b" frame-ancestors 'none'"
)
_OWN_PATHS = frozenset({DOCS, *DOCS_FILES, "/openapi.json", "/health/live", "/health/ready"})
_TRY_AGAIN_LATER = 1013
_FAULT = 500


class Gateway:
    """The application. It connects to nothing before the server starts it."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._given_settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what the server brings: its own life, a request, or a socket."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            # The realtime service's sockets are reserved; nothing answers them yet.
            await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        settings = self._given_settings or get_settings()
        configure_logging("gateway", settings)
        async with httpx.AsyncClient(timeout=10) as http, open_client() as client:
            self._urls = {service: settings.url_of(service) for service in SERVICES_WITH_DATABASE}
            self._answer_headers = AnswerHeaders(
                settings.cors_origin_list, is_https=settings.base_url.startswith("https:")
            )
            self._upstream = Upstream(client)
            self._callers = Callers(settings, http)
            self._documents = Documents(settings, http)
            self._readiness = Readiness(settings, http)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        sifted = SiftedHeaders([], "")
        incoming: Incoming | None = None
        try:
            client = scope.get("client") or ("",)
            sifted = sift(scope["headers"], scheme=scope["scheme"], client=client[0])
            request_id_var.set(sifted.request_id)
            if sifted.has_body:
                receive = incoming = Incoming(receive)
            await self._judge_and_pass_on(scope, sifted, receive, send)
        except Problem as problem:
            if problem.status >= _FAULT:
                logger.warning("{} {}: {} {}", scope["method"], scope["path"], problem.status, problem.detail)
            body = msgspec.json.encode(problem.body(scope["path"], sifted.request_id))
            headers = {**problem.headers, "Cache-Control": "no-store"}
            await self._answer(send, sifted, problem.status, MEDIA_TYPE, body, more=headers)
        except CallerGone:
            logger.info("{} {}: the caller left in the middle of the body", scope["method"], scope["path"])
            return
        if incoming is not None:
            await incoming.linger()

    async def _judge_and_pass_on(self, scope: Scope, sifted: SiftedHeaders, receive: Receive, send: Send) -> None:
        path = judged_path(scope["raw_path"])
        if scope["method"] == "OPTIONS" and sifted.origin is not None:
            headers = self._answer_headers.preflight(sifted.request_id, sifted.origin)
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        if path in _OWN_PATHS:
            await self._answer_itself(path, scope["method"], sifted, send)
            return
        if not needs_no_token(path):
            await self._callers.judge(sifted.identity)
        service = service_of(path)
        if service is None:
            raise NoSuchPath
        url = self._urls[service]
        await pass_on(self._upstream, self._answer_headers, service, url, scope, sifted, receive, send)

    async def _answer_itself(self, path: str, method: str, sifted: SiftedHeaders, send: Send) -> None:
        if method not in ("GET", "HEAD"):
            message = "this can only be read"
            raise MethodNotAllowed(message, headers={"Allow": "GET, HEAD"})
        if path == DOCS:
            await self._answer(send, sifted, 200, _HTML, docs_page("Branchwise"), csp=_DOCS_CSP)
        elif path in DOCS_FILES:
            file = docs_file(path)
            await self._answer(send, sifted, 200, file.media_type, file.content, more=KEEP_FOR_AN_HOUR)
        elif path == "/openapi.json":
            await self._answer(send, sifted, 200, _JSON, await self._documents.openapi())
        elif path == "/health/live":
            await self._answer(send, sifted, 200, _JSON, b'{"status":"healthy"}')
        else:
            verdict = await self._readiness.verdict()
            status = 200 if verdict["status"] == "healthy" else 503
            await self._answer(send, sifted, status, _JSON, msgspec.json.encode(verdict))

    async def _answer(
        self,
        send: Send,
        sifted: SiftedHeaders,
        status: int,
        media_type: str,
        body: bytes,
        *,
        more: dict[str, str] | None = None,
        csp: bytes | None = None,
    ) -> None:
        headers = self._answer_headers.own(sifted.request_id, sifted.origin, **({"csp": csp} if csp else {}))
        headers += [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
        headers += [(name.lower().encode(), value.encode()) for name, value in (more or {}).items()]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
