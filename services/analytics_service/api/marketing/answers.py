"""From a question of marketing to its answer: rows as JSON, kept until the days change that they rest on."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from common.answers import Answer, Span
from common.db import Connection
from services.analytics_service.api.kept import About, kept
from services.analytics_service.api.marketing.asked import Asked
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.store.day_range import DateRange


class _Question(NamedTuple):
    days: DateRange
    platforms: tuple[str, ...] | None
    more: tuple[Any, ...]


async def answered(
    request: Request,
    asked: Asked,
    read: Callable[..., Awaitable[Any]],
    *more: Any,
    days_before: int = 0,
    on_any_day: bool = False,
) -> Response:
    """What `read` makes of the tenant, the days, the platforms and whatever else is asked (`more`: hashable values).

    It rests on the days of the range and as many before as `days_before` says; with `on_any_day`, rows of any other day
    may change it too.
    """
    days = await asked.days()
    question = _Question(days, None if asked.platforms is None else tuple(asked.platforms), more)
    rests_on = None if on_any_day else Span(days.start - timedelta(days=days_before), days.end)
    about = About(days, days_before)
    return await kept(request, asked.caller, question, rests_on, partial(_read, read, days_before), about)


async def _read(
    read: Callable[..., Awaitable[Any]], days_before: int, connection: Connection, tenant_id: UUID, question: _Question
) -> Answer:
    platforms = None if question.platforms is None else list(question.platforms)
    content = await read(connection, tenant_id, question.days, platforms, *question.more)
    return Answer.of(content, await quality_header(connection, tenant_id, question.days, days_before))
