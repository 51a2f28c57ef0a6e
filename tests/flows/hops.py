"""What passes over the event bus on a company's behalf, for a test to wait for."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import nats
from nats.aio.msg import Msg

from common.testing.company import Company
from common.testing.stack import Stack


class Hops:
    """The events of one company since the test began to listen."""

    def __init__(self) -> None:
        self._seen: list[dict[str, Any]] = []
        self._more = asyncio.Condition()

    async def take(self, message: Msg) -> None:
        """Called by the bus."""
        async with self._more:
            self._seen.append(msgspec.json.decode(message.data))
            self._more.notify_all()

    async def passed(self, event_type: str, **fields: Any) -> dict[str, Any]:
        """The data of the first event of a type with these fields, once it has passed. Raises TimeoutError."""

        def found() -> list[dict[str, Any]]:
            of_type = (event["data"] for event in self._seen if event["type"] == event_type)
            return [data for data in of_type if fields.items() <= data.items()]

        async with asyncio.timeout(30), self._more:
            await self._more.wait_for(lambda: bool(found()))
            return found()[0]


@asynccontextmanager
async def listening(stack: Stack, company: Company) -> AsyncGenerator[Hops]:
    """Listen to what the services of a stack tell one another about a company."""
    hops = Hops()
    bus = await nats.connect(stack.nats_url)
    try:
        await bus.subscribe(f"evt.*.*.*.*.{company.tenant_id}", cb=hops.take)
        await bus.flush()
        yield hops
    finally:
        await bus.close()
