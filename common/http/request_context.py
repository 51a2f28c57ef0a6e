"""Set the request id and trace id of each request, log one line and measure its duration.

It is plain ASGI middleware, because that costs almost nothing per request.
"""

import time
from random import Random

from loguru import logger
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.http.caller_record import forget_caller, note_caller
from common.http.problems import unexpected_error_response
from common.http.request_times import REQUESTS
from common.http.trace_headers import REQUEST_ID, TRACEPARENT
from common.logging import address_var, request_id_var, tenant_id_var, trace_id_var
from common.request_lines import RequestLines

_QUIET = ("/health/", "/metrics")
# Ids must be unique but not secret. Asking the system for random bytes takes as long as finding a cached answer.
_ids = Random()  # noqa: S311 -- see above


class RequestContext:
    """ASGI middleware that accepts or creates `X-Request-Id`, reads `traceparent`, and answers with the request id."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self.app = app
        self.service = service
        self._lines = RequestLines()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; answer an exception that nothing else has handled."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        received_id, traceparent = headers.get(b"x-request-id"), headers.get(b"traceparent")
        new_id = f"{_ids.getrandbits(128):032x}"
        request_id = received_id.decode() if received_id and REQUEST_ID.fullmatch(received_id) else new_id
        trace = TRACEPARENT.fullmatch(traceparent) if traceparent else None
        request_id_var.set(request_id)
        trace_id_var.set(trace.group(1).decode() if trace else new_id)
        tenant_id_var.set("")
        address_var.set(_address(scope, headers))
        forget_caller()
        start = time.perf_counter()
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
                # Part of the answer is sent: only a closed connection shows the caller that the rest will not follow.
                raise
            await unexpected_error_response(Request(scope), error)(scope, receive, send_with_id)
        finally:
            self._note(scope, status, time.perf_counter() - start)
            note_caller(scope, status)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        path: str = scope["path"]
        method: str = scope["method"]
        route = getattr(scope.get("route"), "path", "") or "unmatched"
        REQUESTS.note(self.service, method, route, status, seconds)
        if not path.startswith(_QUIET):
            self._lines.note(f"{method} {path}", status, seconds)


def _address(scope: Scope, headers: dict[bytes, bytes]) -> str:
    """Return the caller's address: that in `X-Forwarded-For` if the peer is on this machine, else the peer's."""
    peer = (scope.get("client") or ("",))[0]
    header = headers.get(b"x-forwarded-for")
    forwarded = header.decode("latin-1").strip() if header else ""
    return forwarded if forwarded and peer in ("127.0.0.1", "::1") else peer
