"""From a question of marketing to its answer: one transaction of the caller, rows as JSON with an ETag."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from starlette.responses import Response

from common.http.context import context_of
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.asked import Asked
from services.analytics_service.api.quality_header import quality_header


async def answered(request: Request, asked: Asked, read: Callable[..., Awaitable[Any]], *limit: int) -> Response:
    """What a function of the store reads for the tenant, the days, the platforms and, of lists, the limit."""
    async with context_of(request).db.of(asked.caller, readonly=True) as connection:
        days = await asked.days(connection)
        content = await read(connection, asked.caller.tenant_id, days, asked.platforms, *limit)
        quality = await quality_header(connection, asked.caller.tenant_id, days)
    return etagged(request, content, quality)
