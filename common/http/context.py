"""The context of a running service: its settings, database, bus and clients."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, cast

import httpx
from fastapi import Depends, Request
from starlette.types import Scope

from common.auth.authenticator import Authenticator
from common.db import Database
from common.events.bus import Bus
from common.events.consumer import Consumer
from common.events.relay import Relay
from common.http.workers import Workers
from common.key_uses import KeyUses
from common.refusals import Refusals
from common.settings import Settings


@dataclass
class ServiceContext:
    """A service at run time. `extras` holds objects that the service creates in its `on_start` and needs later."""

    name: str
    settings: Settings
    db: Database
    bus: Bus
    http: httpx.AsyncClient
    auth: Authenticator
    relay: Relay
    key_uses: KeyUses
    refusals: Refusals
    workers: Workers
    consumers: Sequence["Consumer[ServiceContext]"] = ()
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    extras: dict[str, Any] = field(default_factory=dict[str, Any])

    def wake_relay(self) -> None:
        """Have the relay read the outbox now. Call it after a commit that wrote an event."""
        self.relay.wake()


def context_in(scope: Scope) -> ServiceContext:
    """Return the context of the service that serves an ASGI scope."""
    return cast("ServiceContext", scope["app"].state.context)


def context_of(request: Request) -> ServiceContext:
    """Return the context of the service that serves a request."""
    return context_in(request.scope)


async def _context(request: Request) -> ServiceContext:
    """Return the context. Async, because FastAPI runs a plain function in a thread at each call."""
    return context_of(request)


Context = Annotated[ServiceContext, Depends(_context)]
