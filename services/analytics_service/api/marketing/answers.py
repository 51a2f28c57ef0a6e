"""Cached answers of the marketing routes: rows as JSON, reused until the days that they rest on change."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from common.answers import Answer, Span
from common.db import Connection
from services.analytics_service.api.cached import QualityScope, cached
from services.analytics_service.api.marketing.marketing_query import MarketingQuery
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.store.day_range import DateRange


class _Question(NamedTuple):
    days: DateRange
    platforms: tuple[str, ...] | None
    extra: tuple[Any, ...]


async def answered(
    request: Request,
    query: MarketingQuery,
    read: Callable[..., Awaitable[Any]],
    *extra: Any,
    days_before: int = 0,
    on_any_day: bool = False,
) -> Response:
    """Return the cached answer, or what `read` returns for the tenant, the days, the platforms and `extra`.

    `extra` are hashable values. The answer rests on the days of the range and on the `days_before` days before it; with
    `on_any_day`, rows of any other day may change it too.
    """
    days = await query.days()
    question = _Question(days, None if query.platforms is None else tuple(query.platforms), extra)
    rests_on = None if on_any_day else Span(days.start - timedelta(days=days_before), days.end)
    scope = QualityScope(days, days_before)
    return await cached(request, query.caller, question, rests_on, partial(_read, read, days_before), scope)


async def _read(
    read: Callable[..., Awaitable[Any]], days_before: int, connection: Connection, tenant_id: UUID, question: _Question
) -> Answer:
    platforms = None if question.platforms is None else list(question.platforms)
    content = await read(connection, tenant_id, question.days, platforms, *question.extra)
    return Answer.of(content, await quality_header(connection, tenant_id, question.days, days_before))
