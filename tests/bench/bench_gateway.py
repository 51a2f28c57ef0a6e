"""Benchmark of the gateway, relative to nginx with `auth_request` and a cached verdict, and to the bare service."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from statistics import median
from uuid import UUID

import uvloop
from gateway_bed import FOLDER, Bed, gateway_bed
from websockets.asyncio.client import ClientConnection, connect

from common.testing.measure import Measure
from services.gateway.domain.callers import Callers
from services.gateway.sources.auth import Auth, KnownCaller, TenantOfCaller
from tests.gateway.zipf import zipf_callers

_SECONDS = 3.0
_ROUNDS = 5
# A moderate rate, well below what either can do on a busy machine.
_RATE = 1_000
_HELD = 500
_UPLOAD_BYTES = 2 << 30
_ACCOUNTS, _REMEMBERED, _ZIPF = 100_000, 20_000, 1.1


def measure() -> list[Measure]:
    """Measure ratios of answers a second, added milliseconds, megabytes, and the hit rate of cached verdicts."""
    with gateway_bed() as bed:
        # The upload comes first, because a process does not give back memory that it has used.
        upload = _upload(bed)
        rows = _throughput(bed)
        rows += _latency(bed)
        rows.append(uvloop.run(_held_open(bed)))
    return [*rows, upload, uvloop.run(_hit_rate())]


def _throughput(bed: Bed) -> list[Measure]:
    ports = [bed.gateway, bed.behind, *([bed.nginx] if bed.nginx else [])]
    rounds = [[_rate(port, bed) for port in ports] for _ in range(_ROUNDS)]
    ours, bare, *nginx = (median(column) for column in zip(*rounds, strict=True))
    label = "gateway, 64 connections, 2 kB answers"
    rows = [Measure(label, ours, "answers/s", 0.0, 0.0, bare, "bare service", note="for orientation: no target is set")]
    if nginx:
        rows.insert(0, Measure(label, ours, "answers/s", 0.4, 0.6, nginx[0], "nginx auth_request"))
    return rows


def _latency(bed: Bed) -> list[Measure]:
    rounds = [[_percentiles(port, bed) for port in (bed.gateway, bed.behind)] for _ in range(_ROUNDS)]
    added = [median(ours[place] - bare[place] for ours, bare in rounds) for place in (0, 1)]
    label = f"gateway, added at 64 connections and {_RATE} requests/s, "
    return [
        Measure(label + "median", added[0], "ms", 2, 1, higher_is_better=False),
        Measure(label + "p99", added[1], "ms", 5, 2, higher_is_better=False),
    ]


async def _held_open(bed: Bed) -> Measure:
    """Measure answers beside a thousand open connections, half of them idle and half of them WebSockets."""
    alone = [await asyncio.to_thread(_rate, bed.gateway, bed) for _ in range(_ROUNDS)]
    silent = [await asyncio.open_connection("127.0.0.1", bed.gateway) for _ in range(_HELD)]
    sockets = [await connect(f"ws://127.0.0.1:{bed.gateway}/ws?ticket=x", proxy=None) for _ in range(_HELD)]
    beside = [await asyncio.to_thread(_rate, bed.gateway, bed) for _ in range(_ROUNDS)]
    await asyncio.gather(*(_answers(connections) for connections in sockets))
    for _, writer in silent:
        writer.close()
    await asyncio.gather(*(connections.close() for connections in sockets))
    label = f"gateway, beside {2 * _HELD} connections held open ({_HELD} of them sockets)"
    return Measure(label, median(beside), "answers/s", 0.8, 0.95, median(alone), "without them")


async def _answers(connections: ClientConnection) -> None:
    await connections.send("still there?")
    async with asyncio.timeout(30):
        assert await connections.recv() == "still there?"


def _upload(bed: Bed) -> Measure:
    """Measure the gateway's peak memory while a file streams through it."""
    sampled = [bed.worker.memory_info().rss]
    done = threading.Event()

    def sample() -> None:
        while not done.wait(0.05):
            sampled.append(bed.worker.memory_info().rss)

    sampling = threading.Thread(target=sample)
    sampling.start()
    began = time.monotonic()
    piece = bytes(1 << 20)
    with socket.create_connection(("127.0.0.1", bed.gateway)) as caller:
        lines = [f"Authorization: Bearer {bed.token}", f"X-Tenant-Id: {bed.tenant}", f"Content-Length: {_UPLOAD_BYTES}"]
        caller.sendall(("\r\n".join(["POST /data/import/x HTTP/1.1", "Host: x", *lines]) + "\r\n\r\n").encode())
        for _ in range(_UPLOAD_BYTES // len(piece)):
            caller.sendall(piece)
        answer = caller.recv(65536)
    duration = time.monotonic() - began
    done.set()
    sampling.join()
    assert str(_UPLOAD_BYTES).encode() in answer, answer
    note = f"{_UPLOAD_BYTES / duration / 1e6:,.0f} MB/s; {sampled[0] / 1e6:.0f} MB before it"
    label = "gateway, resident while 2 GB are uploaded through it"
    return Measure(label, max(sampled) / 1e6, "MB", 100, 80, higher_is_better=False, note=note)


class _Auth(Auth):
    """Answers at once, with one account for each token."""

    def __init__(self) -> None:
        self.asked = 0

    async def caller(self, credentials: tuple[tuple[bytes, bytes], ...]) -> KnownCaller:
        self.asked += 1
        account = str(UUID(int=int(credentials[0][1])))
        return KnownCaller(account, account, None, time.time() + 900, [TenantOfCaller(account, "free")])


async def _hit_rate() -> Measure:
    auth = _Auth()
    callers = Callers(auth, size=_REMEMBERED)
    requests = zipf_callers(_ACCOUNTS, 400_000, s=_ZIPF)
    counts: list[int] = []
    for half in (requests[:200_000], requests[200_000:]):
        for number in half:
            await callers.judge(((b"authorization", str(number).encode()),), ())
        counts.append(auth.asked)
    known = 100 * (1 - (counts[1] - counts[0]) / 200_000)
    label = f"gateway, verdicts known: Zipf (s = {_ZIPF}) over {_ACCOUNTS:,} accounts, {_REMEMBERED:,} remembered"
    return Measure(label, known, "%", 85, 90)


def _rate(port: int, bed: Bed) -> float:
    return _run("http_load.py", port, str(_SECONDS), bed)[0]


def _percentiles(port: int, bed: Bed) -> list[float]:
    return _run("http_latency.py", port, f"{_RATE} {_SECONDS}", bed)


def _run(program: str, port: int, options: str, bed: Bed) -> list[float]:
    url = f"http://127.0.0.1:{port}/data/thing"
    command = [sys.executable, str(FOLDER / program), url, *options.split(), *bed.headers]
    output = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    return [float(word) for word in output.split()]
