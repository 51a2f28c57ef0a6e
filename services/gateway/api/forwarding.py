"""Passing a request on to its service and the answer back."""

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

# A stream that is silent for longer is taken for dead; whoever streams events sends a comment line now and then.
_SILENCE_SECONDS = 300


class StreamBroke(Exception):
    """The service broke off in the middle of its answer: the caller's connection must not end as if all had come."""


async def pass_on(
    upstream: Upstream,
    answer_headers: AnswerHeaders,
    route: Route,
    place: Place,
    scope: Scope,
    sifted: SiftedHeaders,
    standing: RawHeaders,
    receive: Receive,
    send: Send,
) -> None:
    """Send the request to the service at `place` and its answer to the caller, with the headers `standing`."""
    query: bytes = scope["query_string"]
    target: bytes = scope["raw_path"] + b"?" + query if query else scope["raw_path"]
    method: str = scope["method"]
    head = sifted.request_head(method, target)
    body = _body(route.path, sifted, receive) if sifted.has_body else None
    exchange = upstream.ask(route.service, place, method, head, body)
    try:
        answer = await exchange.begin()
        sifted.status = answer.status
        headers = answer_headers.passed_back(answer.headers, standing, sifted.request_id, sifted.origin)
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if answer.is_whole:
            await send({"type": "http.response.body", "body": answer.taken()})
        else:
            await _stream(answer, receive, send)
    finally:
        exchange.end()


def _body(path: str, sifted: SiftedHeaders, receive: Receive) -> RequestBody:
    most = largest_body(path)
    if sifted.content_length > most:
        raise BodyTooLarge(most)
    return RequestBody(receive, sifted.content_length, is_chunked=sifted.is_chunked, most=most)


async def _stream(answer: Connection, receive: Receive, send: Send) -> None:
    """Hand each piece on as it comes, until the end or until the caller has gone."""
    gone = asyncio.ensure_future(_until_gone(receive))
    try:
        while True:
            piece = asyncio.ensure_future(answer.read())
            done, _ = await asyncio.wait({piece, gone}, timeout=_SILENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if piece not in done:
                piece.cancel()
                if gone in done:
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
        gone.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
