"""Passing a request on to its service and the answer back."""

import asyncio

from pyreqwest.exceptions import PyreqwestError
from pyreqwest.response import Response
from starlette.types import Receive, Scope, Send

from services.gateway.domain.answer_headers import AnswerHeaders
from services.gateway.domain.request_headers import SiftedHeaders
from services.gateway.errors import ServiceUnreachable
from services.gateway.sources.request_body import RequestBody
from services.gateway.sources.upstream import Upstream

# Answers up to this size go out in one message; larger ones and those of unknown length stream.
_ONE_MESSAGE_BYTES = 64 << 10
# A stream that is silent for longer is taken for dead; whoever streams events sends a comment line now and then.
_SILENCE_SECONDS = 300
_NO_BODY_STATUS = frozenset({204, 304})


class StreamBroke(Exception):
    """The service broke off in the middle of its answer: the caller's connection must not end as if all had come."""


async def pass_on(
    upstream: Upstream,
    answer_headers: AnswerHeaders,
    service: str,
    base_url: str,
    scope: Scope,
    sifted: SiftedHeaders,
    receive: Receive,
    send: Send,
) -> None:
    """Send the request to the service at `base_url` and its answer to the caller."""
    query: bytes = scope["query_string"]
    url = base_url + scope["raw_path"].decode("ascii") + ("?" + query.decode("latin-1") if query else "")
    method: str = scope["method"]
    body = RequestBody(receive, sifted.content_length, is_chunked=sifted.is_chunked) if sifted.has_body else None
    async with upstream.ask(service, method, url, sifted.passed_on, body) as answer:
        start = {
            "type": "http.response.start",
            "status": answer.status,
            "headers": answer_headers.passed_back(list(answer.headers.items()), sifted.request_id, sifted.origin),
        }
        length = answer.get_header("content-length")
        if method == "HEAD" or answer.status in _NO_BODY_STATUS:
            await send(start)
            await send({"type": "http.response.body", "body": b""})
        elif length is not None and int(length) <= _ONE_MESSAGE_BYTES:
            try:
                whole = await answer.bytes()
            except PyreqwestError as error:
                raise ServiceUnreachable(service) from error
            await send(start)
            await send({"type": "http.response.body", "body": whole.to_bytes()})
        else:
            await send(start)
            await _stream(answer, receive, send)


async def _stream(answer: Response, receive: Receive, send: Send) -> None:
    """Hand each piece on as it comes, until the end or until the caller has gone."""
    gone = asyncio.ensure_future(_until_gone(receive))
    try:
        while True:
            piece = asyncio.ensure_future(answer.body_reader.read_chunk())
            done, _ = await asyncio.wait({piece, gone}, timeout=_SILENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if piece not in done:
                piece.cancel()
                if gone in done:
                    return
                message = "the service fell silent in the middle of its answer"
                raise StreamBroke(message)
            chunk = piece.result()
            await send(
                {
                    "type": "http.response.body",
                    "body": chunk.to_bytes() if chunk else b"",
                    "more_body": chunk is not None,
                }
            )
            if chunk is None:
                return
    except PyreqwestError as error:
        message = "the service broke off in the middle of its answer"
        raise StreamBroke(message) from error
    finally:
        gone.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
