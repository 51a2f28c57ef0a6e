"""Database times of calls to the analytics service, which runs in this process without a socket and without a cache."""

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
    """Milliseconds of Postgres' CPU time (None outside of Linux), and of waiting for its answers."""

    busy: float | None
    elapsed: float

    @property
    def in_database(self) -> float:
        """The database's CPU time if it is known, else the time of waiting."""
        return self.elapsed if self.busy is None else self.busy


class _Recorded(NamedTuple):
    statement: str
    spent: Spent


# The statements of the current call; background work has none.
_statements: ContextVar[list[_Recorded] | None] = ContextVar("_statements", default=None)


class _RecordingConnection(asyncpg.Connection):
    """Records the times of its statements. asyncpg's own loggers would only be called during the next statement."""

    busy: float | None = None

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        return await self._recording(query, super().execute(query, *args, **options))

    async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
        return await self._recording(query, super().fetch(query, *args, **options))

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        return await self._recording(query, super().fetchrow(query, *args, **options))

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        return await self._recording(query, super().fetchval(query, *args, **options))

    async def _recording(self, statement: str, answer: Awaitable[Any]) -> Any:
        began = time.perf_counter()
        answered = await answer
        elapsed, noted = (time.perf_counter() - began) * 1000, _statements.get()
        spent = Spent(self.busy_since(), elapsed)
        if noted is not None:
            noted.append(_Recorded(statement, spent))
        return answered

    def busy_since(self) -> float | None:
        """Return the CPU time of its server process since the last call."""
        before, self.busy = self.busy, busy_milliseconds(self.get_server_pid())
        return None if before is None or self.busy is None else self.busy - before


class Calls:
    """Calls to a running service."""

    def __init__(self, client: httpx.AsyncClient, connections: list[_RecordingConnection]) -> None:
        self._client, self._connections = client, connections

    async def spent(
        self, path: str, parameters: Mapping[str, Any], headers: Mapping[str, str], only: str = ""
    ) -> Spent:
        """Return the time of all statements of a call that is answered 200, including begin and commit.

        With `only`, it is the time of the statements that contain this name.
        """
        noted: list[_Recorded] = []
        for connection in self._connections:
            connection.busy_since()
        token = _statements.set(noted)
        answer = await self._client.get(path, params=dict(parameters), headers=dict(headers))
        _statements.reset(token)
        assert answer.status_code == httpx.codes.OK, (path, answer.text)
        # Statements that are read by a cursor are not recorded.
        noted += [_Recorded("", Spent(connection.busy_since(), 0)) for connection in self._connections]
        meant = [spent for statement, spent in noted if only in statement]
        busy = [spent.busy for spent in meant if spent.busy is not None]
        return Spent(sum(busy) if busy else None, sum(spent.elapsed for spent in meant))


@asynccontextmanager
async def calls_of(settings: Settings, nats_url: str) -> AsyncGenerator[Calls]:
    """Run the service on a database, without background work and without a cache."""
    quietly = {"nats_url": nats_url, "answer_cache_mb": 0, "log_level": "WARNING"}
    ours = settings_for_people(settings).model_copy(update=quietly)
    app = create_app(replace(SPEC, consumers=(), jobs=(), background=()), ours)
    async with app.router.lifespan_context(app):
        context = cast("ServiceContext", app.state.context)
        connections: list[_RecordingConnection] = []
        unheard, context.db.pool = context.db.pool, await _recording_pool(ours, connections)
        await unheard.close()
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://analytics", timeout=120) as client:
            yield Calls(client, connections)


async def _recording_pool(settings: Settings, connections: list[_RecordingConnection]) -> asyncpg.Pool:
    async def keep(connection: _RecordingConnection) -> None:
        connections.append(connection)

    return await asyncpg.create_pool(
        settings.dsn("analytics"),
        min_size=1,
        max_size=3,
        connection_class=_RecordingConnection,
        init=keep,
        reset=nothing_to_reset,
        server_settings={"jit": "off", "timezone": "UTC"},
    )
