"""Calls a URL at a steady rate and prints the latency: `http_latency.py URL RATE SECONDS HEADER…`.

It uses 64 connections, and the rate does not wait for answers: a request that is late because the one before took long
counts from when it was due. It prints the median and the 99th percentile in milliseconds.
"""

import asyncio
import sys
import time
from urllib.parse import urlsplit

import uvloop
from http_load import CONNECTIONS, questions_of

_WARM_UP_SECONDS = 0.5


async def _ask(host: str, port: int, question: bytes, due: float, every: float, until: float) -> list[float]:
    reader, writer = await asyncio.open_connection(host, port)
    latencies_of_connection: list[float] = []
    began = due
    while due < until:
        await asyncio.sleep(max(0, due - time.monotonic()))
        writer.write(question)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]))
        if due > began + _WARM_UP_SECONDS:
            latencies_of_connection.append(time.monotonic() - due)
        due += every
    writer.close()
    return latencies_of_connection


async def latencies(url: str, rate: float, seconds: float, headers: list[str]) -> list[float]:
    """Return the latency of each answer in seconds, in ascending order."""
    place = urlsplit(url)
    questions = questions_of(f"GET {place.path} HTTP/1.1", f"Host: {place.netloc}", headers)
    began, every = time.monotonic() + 0.2, CONNECTIONS / rate
    asking = [
        _ask(place.hostname or "", place.port or 80, next(questions), began + number / rate, every, began + seconds)
        for number in range(CONNECTIONS)
    ]
    return sorted(latencies_of_connection for each in await asyncio.gather(*asking) for latencies_of_connection in each)


if __name__ == "__main__":
    found = uvloop.run(latencies(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]))
    print(found[len(found) // 2] * 1000, found[len(found) * 99 // 100] * 1000)
