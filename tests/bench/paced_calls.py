"""Calls URLs at a steady pace and prints how long each answer took: `paced_calls.py SECONDS PACE URL… -- HEADER…`.

The pace (calls a second of each URL) does not depend on the answers, and a late call counts from when it was due. It
prints one JSON object: the seconds of each call, by URL.
"""

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

import uvloop

CONNECTIONS = 8


class Caller:
    """Calls a URL on a few persistent connections."""

    def __init__(self, url: str, headers: list[str]) -> None:
        place = urlsplit(url)
        self.host, self.port = place.hostname or "", place.port or 80
        lines = [f"GET {place.path}?{place.query} HTTP/1.1", f"Host: {place.netloc}", *headers]
        self.question = ("\r\n".join(lines) + "\r\n\r\n").encode()
        self.free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        self.took: list[float] = []

    async def open(self) -> None:
        """Open the connections, and make one call on each."""
        for _ in range(CONNECTIONS):
            self.free.put_nowait(await asyncio.open_connection(self.host, self.port))
        for _ in range(CONNECTIONS):
            await self.ask(time.perf_counter())
        self.took.clear()

    async def ask(self, due: float) -> None:
        """Make a call, and record the time from when it was due until its answer is complete."""
        reader, writer = await self.free.get()
        writer.write(self.question)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head[:200]
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        self.took.append(time.perf_counter() - due)
        self.free.put_nowait((reader, writer))


async def call_seconds(urls: list[str], headers: list[str], seconds: float, pace: float) -> dict[str, list[float]]:
    """Return the seconds of every call, by URL."""
    callers = [Caller(url, headers) for url in urls]
    for caller in callers:
        await caller.open()
    began, calls = time.perf_counter(), round(seconds * pace)
    tasks: list[asyncio.Task[None]] = []
    for number in range(calls):
        for place, caller in enumerate(callers):
            due = began + (number + place / len(callers)) / pace
            await asyncio.sleep(due - time.perf_counter())
            tasks.append(asyncio.create_task(caller.ask(due)))
    await asyncio.gather(*tasks)
    return {url: caller.took for url, caller in zip(urls, callers, strict=True)}


if __name__ == "__main__":
    split = sys.argv.index("--")
    print(
        json.dumps(
            uvloop.run(call_seconds(sys.argv[3:split], sys.argv[split + 1 :], float(sys.argv[1]), float(sys.argv[2])))
        )
    )
