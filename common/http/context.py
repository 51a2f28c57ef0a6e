"""What a running service holds: its settings, database, bus and clients."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, cast

import httpx
from fastapi import Depends, Request

from common.auth.key_uses import KeyUses
from common.db import Database
from common.events.bus import Bus
from common.events.relay import Relay
from common.http.workers import Workers
from common.refusals import Refusals
from common.settings import Settings

if TYPE_CHECKING:
    from common.auth.authenticator import Authenticator
    from common.events.consumer import Consumer


@dataclass
class ServiceContext:
    """One service at run time. `extras` is for what a service makes in its `on_start` and needs later."""

    name: str
    settings: Settings
    db: Database
    bus: Bus
    http: httpx.AsyncClient
    auth: "Authenticator"
    relay: Relay
    key_uses: KeyUses
    refusals: Refusals
    workers: Workers
    consumers: Sequence["Consumer"] = ()
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    extras: dict[str, Any] = field(default_factory=dict[str, Any])

    def wake_relay(self) -> None:
        """Have the outbox looked at now: called after a commit that wrote an event."""
        self.relay.wake()


def context_of(request: Request) -> ServiceContext:
    """The service that a request reached."""
    return cast("ServiceContext", request.app.state.context)


async def _context(request: Request) -> ServiceContext:
    """Async, since FastAPI takes a thread for each call of a plain function."""
    return context_of(request)


Context = Annotated[ServiceContext, Depends(_context)]
