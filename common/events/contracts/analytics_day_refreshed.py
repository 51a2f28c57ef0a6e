"""Analytics' answers include these batches now."""

from typing import ClassVar
from uuid import UUID

from common.events.envelope import Contract


class DayRefreshed(Contract, frozen=True, kw_only=True):
    """`batch_ids` are data's batches that every answer includes; `days` (YYYY-MM-DD, tenant's zone) were recomputed."""

    TYPE: ClassVar[str] = "analytics.day.refreshed.v1"

    batch_ids: list[UUID]
    days: list[str]
