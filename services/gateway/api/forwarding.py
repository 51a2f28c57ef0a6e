"""Forwards a request to its service and the answer back to the caller."""

import asyncio

from starlette.types import Receive, Scope, Send

from services.gateway.domain.answer_headers import AnswerHeaders, RawHeaders
from services.gateway.domain.body_limits import largest_body
from services.gateway.domain.request_headers import SiftedHeaders
from services.gateway.domain.routes import Route
from services.gateway.errors import BodyTooLarge
from services.gateway.sources.connection import Connection, ConnectionBroke
from services.gateway.sources.request_body import RequestBody
from services.gateway.sources.upstream import Place, Upstream

# A stream that is silent for longer is considered dead; a service that streams events must send comments meanwhile.
_SILENCE_SECONDS = 300


class StreamBroke(Exception):
    """The service broke off in the middle of its answer; the caller must not take what arrived for the whole answer."""


async def forward(
    upstream: Upstream,
    answer_headers: AnswerHeaders,
    route: Route,
    place: Place,
    scope: Scope,
    sifted: SiftedHeaders,
    limit_headers: RawHeaders,
    receive: Receive,
    send: Send,
) -> None:
    """Send the request to the service at `place`, and its answer with `limit_headers` to the caller."""
    query: bytes = scope["query_string"]
    target: bytes = scope["raw_path"] + b"?" + query if query else scope["raw_path"]
    method: str = scope["method"]
    head = sifted.request_head(method, target)
    body = _body(route.path, sifted, receive) if sifted.has_body else None
    exchange = upstream.ask(route.service, place, method, head, body)
    try:
        answer = await exchange.begin()
        sifted.status = answer.status
        headers = answer_headers.passed_back(answer.headers, limit_headers, sifted.request_id, sifted.origin)
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if answer.is_whole:
            await send({"type": "http.response.body", "body": answer.taken()})
        else:
            await _stream(answer, receive, send)
    finally:
        exchange.end()


def _body(path: str, sifted: SiftedHeaders, receive: Receive) -> RequestBody:
    max_bytes = largest_body(path)
    if sifted.content_length > max_bytes:
        raise BodyTooLarge(max_bytes)
    return RequestBody(receive, sifted.content_length, is_chunked=sifted.is_chunked, max_bytes=max_bytes)


async def _stream(answer: Connection, receive: Receive, send: Send) -> None:
    """Send each piece on as it arrives, until the end or until the caller has disconnected."""
    disconnected = asyncio.ensure_future(_until_disconnected(receive))
    try:
        while True:
            piece = asyncio.ensure_future(answer.read())
            done, _ = await asyncio.wait(
                {piece, disconnected}, timeout=_SILENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if piece not in done:
                piece.cancel()
                if disconnected in done:
                    return
                message = "the service fell silent in the middle of its answer"
                raise StreamBroke(message)
            body = piece.result()
            await send({"type": "http.response.body", "body": body, "more_body": bool(body)})
            if not body:
                return
    except ConnectionBroke as error:
        message = "the service broke off in the middle of its answer"
        raise StreamBroke(message) from error
    finally:
        disconnected.cancel()


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
