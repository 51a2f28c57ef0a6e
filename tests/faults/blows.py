"""kill -9 at a chosen point of an import or a send, with the proof of what was in flight at that moment."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import psutil

from common.db import Connection
from common.testing.company import Company
from common.testing.stack import Stack

_LOOK_SECONDS = 0.005
_READING = "select status, done, total from data.job where tenant_id = $1 and job_id = $2"
_REFRESHING = "select count(*) filter (where refreshed_at is null) from data.batch where tenant_id = $1"
_SENDING = (
    "select count(*) filter (where status = 'sending'), count(*) filter (where status <> 'sending')"
    " from email.delivery where tenant_id = $1"
)


class NothingInFlight(AssertionError):
    """The moment was missed: a kill now would prove nothing."""


@dataclass(frozen=True)
class Blow:
    """Who is killed (see `killed`), and how much of the work, in percent, must be done and still be under way."""

    victim: str
    percent: float

    def __str__(self) -> str:
        return f"kill -9 {self.victim} at {self.percent:.0f} %"


def killed(stack: Stack, victim: str, chance: Random) -> psutil.Process:
    """Kill a service, `nats`, `postgres` (its first process), one `postgres-backend`, or the `gateway-worker`."""
    if victim == "postgres-backend":
        backends = [child for child in stack.process_of("postgres").children() if "branchwise_" in _title(child)]
        process = chance.choice(backends)
    elif victim == "gateway-worker":
        process = chance.choice(stack.process_of("gateway").children(recursive=True))
    else:
        process = stack.process_of(victim)
    process.kill()
    return process


async def healed(stack: Stack, victim: str, dead: psutil.Process, within: float = 60) -> None:
    """Wait until everything answers again, the killed one as a new process. Raises TimeoutError."""
    async with asyncio.timeout(within), httpx.AsyncClient() as client:
        while not (_is_anew(stack, victim, dead) and await _is_ready(stack, client)):
            await asyncio.sleep(0.1)


async def reading(admin: Connection, company: Company, job: dict[str, Any], percent: float) -> str:
    """Wait until an import has read so much of its file; what was seen. Raises NothingInFlight."""
    while True:
        row = await admin.fetchrow(_READING, company.tenant_id, UUID(job["job_id"]))
        assert row is not None
        seen = 100 * row["done"] / row["total"] if row["total"] else 0.0
        if seen >= percent or row["status"] not in ("queued", "running"):
            break
        await asyncio.sleep(_LOOK_SECONDS)
    if not 5 <= seen <= 95:
        raise NothingInFlight(dict(row))
    return f"the file was read to {seen:.0f} %"


async def refreshing(admin: Connection, company: Company, job: dict[str, Any], percent: float) -> str:
    """Wait until so much of the file is read and analytics has batches before it. Raises NothingInFlight."""
    seen = await reading(admin, company, job, percent)
    while True:
        waiting = await admin.fetchval(_REFRESHING, company.tenant_id)
        if waiting:
            return f"{seen}, {waiting} batches were not in the answers yet"
        row = await admin.fetchrow(_READING, company.tenant_id, UUID(job["job_id"]))
        if row is None or row["status"] != "running":
            raise NothingInFlight(dict(row or {}))
        await asyncio.sleep(_LOOK_SECONDS)


async def sending(admin: Connection, company: Company, reports: int, percent: float) -> str:
    """Wait until so many reports are out and at least one is on its way. Raises NothingInFlight."""
    while True:
        row = await admin.fetchrow(_SENDING, company.tenant_id)
        assert row is not None
        on_the_way, ended = row
        if ended > 0.95 * reports:
            raise NothingInFlight(tuple(row))
        if on_the_way and ended >= percent / 100 * reports:
            return f"{ended} of {reports} reports had ended, {on_the_way} were on their way"
        await asyncio.sleep(_LOOK_SECONDS)


async def upload_cut_off(stack: Stack, company: Company, content: bytes, blow: Blow, chance: Random) -> psutil.Process:
    """Kill somebody when so much of an upload has left, and before the rest does. The upload must not succeed."""
    whole = httpx.Request("POST", company.api.base_url, files={"file": ("export", content)})
    body = whole.read()
    cut = int(len(body) * blow.percent / 100)
    dead: list[psutil.Process] = []

    async def pieces() -> AsyncGenerator[bytes]:
        for start in range(0, cut, 65_536):
            yield body[start : min(start + 65_536, cut)]
        holding = stack.process_of("gateway").children(recursive=True)
        dead.append(killed(stack, blow.victim, chance))
        # Who falls takes the worker along that holds the connection, yet not at once.
        async with asyncio.timeout(10):
            while not all(map(_has_ended, holding)):
                await asyncio.sleep(_LOOK_SECONDS)
        yield body[cut:]

    headers = {name: whole.headers[name] for name in ("Content-Type", "Content-Length")}
    try:
        answer = await company.api.post("/data/import/ga4-export", content=pieces(), headers=headers)
    except httpx.TransportError:
        answer = None
    assert answer is None or answer.status_code >= 500, answer.text
    return dead[0]


async def connected(stack: Stack) -> Connection:
    """A connection that sees everything, as soon as Postgres takes it."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await asyncpg.connect(stack.superuser_dsn, timeout=5)
            except (OSError, asyncpg.PostgresError, TimeoutError):
                await asyncio.sleep(0.1)


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _has_ended(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _is_anew(stack: Stack, victim: str, dead: psutil.Process) -> bool:
    if not _has_ended(dead):
        return False
    try:
        stack.process_of(victim.partition("-")[0])
    except psutil.NoSuchProcess:
        return False
    return True


async def _is_ready(stack: Stack, client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get(f"{stack.gateway}/health/ready", timeout=5)).is_success
    except httpx.HTTPError:
        return False
