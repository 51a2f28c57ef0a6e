"""A service made for the tests of the frame itself, in the schema of insights, whose own tables it leaves alone."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

import httpx

from common.db import Connection
from common.events import Consumer, Event
from common.events.envelope import Contract
from common.http.app import ServiceSpec
from common.http.context import ServiceContext
from common.jobs import JobContext, JobKind

Running = tuple[ServiceContext, httpx.AsyncClient]
Run = Callable[[ServiceSpec], AbstractAsyncContextManager[Running]]


class ProbeHappened(Contract, frozen=True):
    """Something happened, in a test."""

    TYPE: ClassVar[str] = "insights.probe.happened.v1"
    number: int


@dataclass
class Seen:
    """What the probe's consumer and jobs did, and an event to await it by."""

    numbers: list[int] = field(default_factory=list[int])
    failures_left: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, count: int) -> None:
        """Wait until so many numbers were handled."""
        async with asyncio.timeout(20):
            while len(self.numbers) < count:
                self.changed.clear()
                await self.changed.wait()

    def consumer(self) -> Consumer[ServiceContext]:
        """Notes each number; fails first as often as it is told to."""

        async def handle(connection: Connection, event: Event[ProbeHappened], context: ServiceContext) -> None:
            del connection, context
            if self.failures_left:
                self.failures_left -= 1
                message = "told to fail"
                raise RuntimeError(message)
            self.numbers.append(event.data.number)
            self.changed.set()

        return Consumer(ProbeHappened, handle)


def probe_spec(*, seen: Seen | None = None, jobs: dict[str, Any] | None = None, **more: Any) -> ServiceSpec:
    """The probe's table of contents."""
    return ServiceSpec(
        name="insights",
        title="probe",
        description="for tests",
        consumers=[seen.consumer()] if seen else [],
        jobs=[JobKind(name, run) for name, run in (jobs or {}).items()],
        **more,
    )


def some_tenant(number: int = 1) -> UUID:
    """A tenant id; the tables used here ask for no tenant's row."""
    return UUID(int=number)


async def run_nothing(job: JobContext) -> None:
    """A job that has nothing to do."""
    del job
