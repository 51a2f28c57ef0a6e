"""Request ids, trace ids, one log line and one measurement a request. Plain ASGI: it costs next to nothing."""

import time
from random import Random

from loguru import logger
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.http.caller_record import forget_caller, note_caller
from common.http.problems import unforeseen_response
from common.http.request_times import REQUESTS
from common.http.trace_headers import REQUEST_ID, TRACEPARENT
from common.logging import address_var, request_id_var, tenant_id_var, trace_id_var
from common.request_lines import RequestLines

_QUIET = ("/health/", "/metrics")
# Ids must differ, not be secret; to ask the system for each takes as long as to find the answer.
_ids = Random()  # noqa: S311 -- see above


class RequestContext:
    """Takes or makes `X-Request-Id`, reads `traceparent`, and answers with the request id."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self.app = app
        self.service = service
        self._lines = RequestLines()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given, traced = headers.get(b"x-request-id"), headers.get(b"traceparent")
        new_id = f"{_ids.getrandbits(128):032x}"
        request_id = given.decode() if given and REQUEST_ID.fullmatch(given) else new_id
        trace = TRACEPARENT.fullmatch(traced) if traced else None
        request_id_var.set(request_id)
        trace_id_var.set(trace.group(1).decode() if trace else new_id)
        tenant_id_var.set("")
        address_var.set(_address(scope, headers))
        forget_caller()
        began = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except ClientDisconnect:
            logger.info("{} {}: the caller left before the answer", scope["method"], scope["path"])
        except Exception as error:
            if status:
                # Half an answer is out: only a broken connection tells the caller that the rest will not come.
                raise
            await unforeseen_response(Request(scope), error)(scope, receive, send_with_id)
        finally:
            self._note(scope, status, time.perf_counter() - began)
            note_caller(scope, status)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        path: str = scope["path"]
        method: str = scope["method"]
        route = getattr(scope.get("route"), "path", "") or "unmatched"
        REQUESTS.note(self.service, method, route, status, seconds)
        if not path.startswith(_QUIET):
            self._lines.note(f"{method} {path}", status, seconds)


def _address(scope: Scope, headers: dict[bytes, bytes]) -> str:
    """Where the request came from: as the gateway says, which calls from this machine; else who is connected."""
    peer = (scope.get("client") or ("",))[0]
    given = headers.get(b"x-forwarded-for")
    forwarded = given.decode("latin-1").strip() if given else ""
    return forwarded if forwarded and peer in ("127.0.0.1", "::1") else peer
