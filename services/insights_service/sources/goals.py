"""The goals of a tenant, as the analytics service answers them."""

from datetime import date
from uuid import UUID

import msgspec

from common.http.context import ServiceContext
from services.insights_service.sources.analytics_api import asked

_PAGE = 500


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """A goal and what is reached of it up to now; of one with a `channel`, of that channel or platform."""

    id: str
    name: str
    metric: str
    channel: str | None
    target: float
    period_start: date
    period_end: date
    current: float


class _Goals(msgspec.Struct, frozen=True, kw_only=True):
    data: list[Goal]


_decoder = msgspec.json.Decoder(_Goals)


async def get_goals(service: ServiceContext, tenant_id: UUID) -> list[Goal]:
    """Those that end last, 500 at most: others are over, or so far away that nobody works for them.

    Raises:
        AnalyticsAway, AnalyticsRefused: as they are named.
    """
    return (await asked(service, tenant_id, f"/api/goals/{tenant_id}", {"limit": str(_PAGE)}, _decoder)).data
