"""What a call's statements take: the analytics service in this process, asked without a socket, keeping nothing."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, cast

import asyncpg
import httpx

from common.db.pool import nothing_to_reset
from common.http.app import create_app
from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.people import settings_for_people
from services.analytics_service import SPEC

# Of the call under way, seconds by statement; background work has none.
_statements: ContextVar[list[tuple[str, float]] | None] = ContextVar("_statements", default=None)


class Calls:
    """A running service that can be asked."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def milliseconds(
        self, path: str, parameters: Mapping[str, Any], headers: Mapping[str, str], only: str = ""
    ) -> float:
        """What the statements of a call that is answered 200 took together, begin and commit among them.

        With `only`: those that name it.
        """
        noted: list[tuple[str, float]] = []
        token = _statements.set(noted)
        answer = await self._client.get(path, params=dict(parameters), headers=dict(headers))
        _statements.reset(token)
        assert answer.status_code == httpx.codes.OK, (path, answer.text)
        return sum(seconds for statement, seconds in noted if only in statement) * 1000


@asynccontextmanager
async def calls_of(settings: Settings, nats_url: str) -> AsyncGenerator[Calls]:
    """The service on a database, with nothing at work beside the calls, and nothing kept."""
    quietly = {"nats_url": nats_url, "answer_cache_mb": 0, "log_level": "WARNING"}
    ours = settings_for_people(settings).model_copy(update=quietly)
    app = create_app(replace(SPEC, consumers=(), jobs=(), background=()), ours)
    async with app.router.lifespan_context(app):
        context = cast("ServiceContext", app.state.context)
        unheard, context.db.pool = context.db.pool, await _noting_pool(ours)
        await unheard.close()
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://analytics", timeout=120) as client:
            yield Calls(client)


async def _noting_pool(settings: Settings) -> asyncpg.Pool:
    async def note_statements(connection: asyncpg.Connection) -> None:
        connection.add_query_logger(_note)

    return await asyncpg.create_pool(
        settings.dsn("analytics"),
        min_size=1,
        max_size=3,
        init=note_statements,
        reset=nothing_to_reset,
        server_settings={"jit": "off", "timezone": "UTC"},
    )


def _note(record: Any) -> None:
    noted = _statements.get()
    if noted is not None:
        noted.append((record.query, record.elapsed))
