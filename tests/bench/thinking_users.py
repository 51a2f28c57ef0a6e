"""Simulates users who look at dashboards and think in between: `thinking_users.py PLAN.json`.

Each user has a connection, makes a call, reads the whole answer, thinks, and makes the next call. If the server has
closed the connection meanwhile, the user connects again, which counts as part of the answer. Calls and ranges are drawn
by weights. The plan has the weights, the seconds, and the headers of every user. It prints one JSON object: the
milliseconds of every answer that was asked for after the warm-up, how many were not 200, and the CPU seconds of this
process meanwhile.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any, cast

import uvloop

_END_OF_HEAD, _LAST_CHUNK = b"\r\n\r\n", b"\r\n0\r\n\r\n"


class Traffic:
    """The state that all users share: the plan, the end, and the measured times."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.chance = random.Random(plan["seed"])
        self.calls: list[str] = plan["calls"]
        self.call_weights: list[float] = plan["call_weights"]
        self.ranges: list[dict[str, str]] = plan["ranges"]
        self.range_weights: list[float] = plan["range_weights"]
        self.think: float = plan["think_seconds"]
        self.place: tuple[str, int] = (plan["host"], plan["port"])
        self.counts_from = time.monotonic() + plan["warm_up_seconds"]
        self.until = self.counts_from + plan["seconds"]
        self.took: list[float] = []
        self.failed: dict[str, int] = {}
        self.broken = 0

    def target(self, tenant: str) -> str:
        """Draw a path with its query, for a tenant."""
        (call,) = self.chance.choices(self.calls, cum_weights=self.call_weights)
        (days,) = self.chance.choices(self.ranges, cum_weights=self.range_weights)
        return call.format(tenant=tenant, **days)


class User(asyncio.Protocol):
    """A user with a connection."""

    def __init__(self, traffic: Traffic, tenant: str, headers: str) -> None:
        self._traffic, self._tenant, self._headers = traffic, tenant, headers
        self._got = bytearray()
        self._length = 0
        self._asked_at = 0.0
        self._is_waiting = False
        self._transport: asyncio.Transport | None = None
        self._coming: asyncio.Task[Any] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not instances of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)
        if self._is_waiting:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None
        if self._is_waiting:
            self._traffic.broken += 1
            self._done()

    def begin(self) -> None:
        """Make the first call, at a random time of the first seconds."""
        asyncio.get_running_loop().call_later(self._traffic.chance.random() * self._traffic.think, self._ask)

    def _ask(self) -> None:
        if (now := time.monotonic()) >= self._traffic.until:
            if self._transport is not None:
                self._transport.close()
            return
        self._asked_at, self._is_waiting = now, True
        if self._transport is None or self._transport.is_closing():
            connecting = asyncio.get_running_loop().create_connection(lambda: self, *self._traffic.place)
            self._coming = asyncio.ensure_future(connecting)
        else:
            self._send()

    def _send(self) -> None:
        assert self._transport is not None
        self._transport.write(f"GET {self._traffic.target(self._tenant)} HTTP/1.1\r\n{self._headers}\r\n\r\n".encode())

    def _done(self) -> None:
        self._is_waiting = False
        self._got.clear()
        self._length = 0
        asyncio.get_running_loop().call_later(self._traffic.chance.expovariate(1 / self._traffic.think), self._ask)

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._length:
            end = self._got.find(_END_OF_HEAD)
            if end < 0:
                return
            head = bytes(self._got[:end]).lower()
            _, named, length = head.partition(b"content-length:")
            self._length = end + len(_END_OF_HEAD) + int(length.split(b"\r\n")[0]) if named else -1
        if len(self._got) < self._length or (self._length < 0 and not self._got.endswith(_LAST_CHUNK)):
            return
        self._note(bytes(self._got[9:12]))
        self._done()

    def _note(self, status: bytes) -> None:
        if self._asked_at < self._traffic.counts_from:
            return
        self._traffic.took.append((time.monotonic() - self._asked_at) * 1000)
        if status != b"200":
            self._traffic.failed[status.decode()] = self._traffic.failed.get(status.decode(), 0) + 1


async def _run(plan: dict[str, Any]) -> dict[str, Any]:
    traffic, loop = Traffic(plan), asyncio.get_running_loop()
    for tenant, headers in plan["users"]:
        _, user = await loop.create_connection(
            lambda tenant=tenant, headers=headers: User(traffic, tenant, headers), *traffic.place
        )
        user.begin()
    await asyncio.sleep(max(0, traffic.counts_from - time.monotonic()))
    at_work = time.process_time()
    await asyncio.sleep(traffic.until - time.monotonic())
    at_work = time.process_time() - at_work
    return {"took": traffic.took, "failed": traffic.failed, "broken": traffic.broken, "at_work": at_work}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_run(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))))
