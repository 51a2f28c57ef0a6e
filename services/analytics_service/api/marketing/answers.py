"""From a question of marketing to its answer: rows as JSON, kept until the days change that they rest on."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any, Final, NamedTuple
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from common.answers import Answer, Span
from common.db import Connection
from services.analytics_service.api.kept import kept
from services.analytics_service.api.marketing.asked import Asked
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.store.day_range import DateRange

# For `days_before`: the answer rests on days that only its rows tell.
ANY_DAY: Final = None


class _Question(NamedTuple):
    days: DateRange
    platforms: tuple[str, ...] | None
    more: tuple[Any, ...]


async def answered(
    request: Request, asked: Asked, read: Callable[..., Awaitable[Any]], *more: Any, days_before: int | None = 0
) -> Response:
    """What `read` makes of the tenant, the days, the platforms and whatever else is asked (`more`: hashable values).

    It rests on the days of the range and as many before as `days_before` says.
    """
    days = await asked.days()
    question = _Question(days, None if asked.platforms is None else tuple(asked.platforms), more)
    rests_on = None if days_before is None else Span(days.start - timedelta(days=days_before), days.end)
    return await kept(request, asked.caller, question, rests_on, partial(_read, read, days_before or 0))


async def _read(
    read: Callable[..., Awaitable[Any]], days_before: int, connection: Connection, tenant_id: UUID, question: _Question
) -> Answer:
    platforms = None if question.platforms is None else list(question.platforms)
    content = await read(connection, tenant_id, question.days, platforms, *question.more)
    return Answer.of(content, await quality_header(connection, tenant_id, question.days, days_before))
