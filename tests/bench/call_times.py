"""What a call's statements take: the analytics service in this process, asked without a socket, keeping nothing."""

import time
from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, NamedTuple, cast

import asyncpg
import httpx
from busy_time import busy_milliseconds

from common.db.pool import nothing_to_reset
from common.http.app import create_app
from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.people import settings_for_people
from services.analytics_service import SPEC


class Spent(NamedTuple):
    """Milliseconds: how long Postgres was at work (None where only Linux would say), and how long it was waited for."""

    busy: float | None
    elapsed: float

    @property
    def in_database(self) -> float:
        """What the database took, as well as it can be told."""
        return self.elapsed if self.busy is None else self.busy


class _Noted(NamedTuple):
    statement: str
    spent: Spent


# Of the call under way, its statements; background work has none.
_statements: ContextVar[list[_Noted] | None] = ContextVar("_statements", default=None)


class _NotingConnection(asyncpg.Connection):
    """Notes what its statements take; asyncpg's own loggers are heard when the next one is under way."""

    busy: float | None = None

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        return await self._noting(query, super().execute(query, *args, **options))

    async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
        return await self._noting(query, super().fetch(query, *args, **options))

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        return await self._noting(query, super().fetchrow(query, *args, **options))

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        return await self._noting(query, super().fetchval(query, *args, **options))

    async def _noting(self, statement: str, answer: Awaitable[Any]) -> Any:
        began = time.perf_counter()
        answered = await answer
        elapsed, noted = (time.perf_counter() - began) * 1000, _statements.get()
        spent = Spent(self.busy_since(), elapsed)
        if noted is not None:
            noted.append(_Noted(statement, spent))
        return answered

    def busy_since(self) -> float | None:
        """For how long its server process was at work since this was asked last."""
        before, self.busy = self.busy, busy_milliseconds(self.get_server_pid())
        return None if before is None or self.busy is None else self.busy - before


class Calls:
    """A running service that can be asked."""

    def __init__(self, client: httpx.AsyncClient, connections: list[_NotingConnection]) -> None:
        self._client, self._connections = client, connections

    async def spent(
        self, path: str, parameters: Mapping[str, Any], headers: Mapping[str, str], only: str = ""
    ) -> Spent:
        """What the statements of a call that is answered 200 took together, begin and commit among them.

        With `only`: those that name it.
        """
        noted: list[_Noted] = []
        for connection in self._connections:
            connection.busy_since()
        token = _statements.set(noted)
        answer = await self._client.get(path, params=dict(parameters), headers=dict(headers))
        _statements.reset(token)
        assert answer.status_code == httpx.codes.OK, (path, answer.text)
        # (what was read by a cursor nobody noted)
        noted += [_Noted("", Spent(connection.busy_since(), 0)) for connection in self._connections]
        meant = [spent for statement, spent in noted if only in statement]
        busy = [spent.busy for spent in meant if spent.busy is not None]
        return Spent(sum(busy) if busy else None, sum(spent.elapsed for spent in meant))


@asynccontextmanager
async def calls_of(settings: Settings, nats_url: str) -> AsyncGenerator[Calls]:
    """The service on a database, with nothing at work beside the calls, and nothing kept."""
    quietly = {"nats_url": nats_url, "answer_cache_mb": 0, "log_level": "WARNING"}
    ours = settings_for_people(settings).model_copy(update=quietly)
    app = create_app(replace(SPEC, consumers=(), jobs=(), background=()), ours)
    async with app.router.lifespan_context(app):
        context = cast("ServiceContext", app.state.context)
        connections: list[_NotingConnection] = []
        unheard, context.db.pool = context.db.pool, await _noting_pool(ours, connections)
        await unheard.close()
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://analytics", timeout=120) as client:
            yield Calls(client, connections)


async def _noting_pool(settings: Settings, connections: list[_NotingConnection]) -> asyncpg.Pool:
    async def keep(connection: _NotingConnection) -> None:
        connections.append(connection)

    return await asyncpg.create_pool(
        settings.dsn("analytics"),
        min_size=1,
        max_size=3,
        connection_class=_NotingConnection,
        init=keep,
        reset=nothing_to_reset,
        server_settings={"jit": "off", "timezone": "UTC"},
    )
