"""Calls a URL continuously on 64 connections and prints the answers a second: `http_load.py URL SECONDS HEADER…`.

It assumes that every answer is as long as the first, so that it costs less than the server that it measures. A HEADER
that begins with @ names a file with a header for each connection in turn, such as tokens of several accounts.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import uvloop

CONNECTIONS = 64


class _Asking(asyncio.Protocol):
    """A connection with one pending request."""

    def __init__(self, question: bytes, until: float) -> None:
        self.answered = 0
        self._question = question
        self._until = until
        self._length = 0
        self._got = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not instances of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._question)

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._length and (end := self._got.find(b"\r\n\r\n")) >= 0:
            assert self._got.startswith(b"HTTP/1.1 200"), bytes(self._got[:200])
            headers = bytes(self._got[:end]).lower()
            self._length = end + 4 + int(headers.partition(b"content-length:")[2].split(b"\r\n")[0])
        if not self._length or len(self._got) < self._length:
            return
        assert self._got.startswith(b"HTTP/1.1 200"), bytes(self._got[:200])
        del self._got[: self._length]
        self.answered += 1
        assert self._transport is not None
        if time.monotonic() < self._until:
            self._transport.write(self._question)
        else:
            self._transport.close()


def questions_of(first_line: str, host: str, headers: list[str]) -> Iterator[bytes]:
    """Return a request for each connection."""
    files = [Path(header[1:]).read_text().splitlines() for header in headers if header.startswith("@")]
    common = [header for header in headers if not header.startswith("@")]
    for own in cycle(zip(*files, strict=True) if files else [()]):
        yield ("\r\n".join([first_line, host, *common, *own]) + "\r\n\r\n").encode()


async def answers_a_second(url: str, seconds: float, headers: list[str]) -> float:
    """Return the answers a second of all connections together."""
    place = urlsplit(url)
    target = f"{place.path}?{place.query}" if place.query else place.path
    questions = questions_of(f"GET {target} HTTP/1.1", f"Host: {place.netloc}", headers)
    loop = asyncio.get_running_loop()
    began = time.monotonic()
    asking = [_Asking(next(questions), began + seconds) for _ in range(CONNECTIONS)]
    for protocol in asking:
        await loop.create_connection(lambda protocol=protocol: protocol, place.hostname or "", place.port or 80)
    await asyncio.sleep(began + seconds + 0.3 - time.monotonic())
    answered = [protocol.answered for protocol in asking]
    assert all(answered), "some connections were never answered with 200"
    return sum(answered) / seconds


if __name__ == "__main__":
    print(uvloop.run(answers_a_second(sys.argv[1], float(sys.argv[2]), sys.argv[3:])))
