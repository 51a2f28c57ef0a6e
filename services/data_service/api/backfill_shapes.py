"""Shapes of the requests for backfills, and of the plan in the answer."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from common.written_time import CalendarDay


class BackfillOrder(BaseModel):
    """A range of days of one source, both ends included, in the tenant's time zone."""

    model_config = ConfigDict(extra="forbid")

    source_id: UUID
    start_date: CalendarDay
    end_date: CalendarDay


class IngestOrder(BaseModel):
    """A range of days of all GA4 sources of the tenant, both ends included, and the types of data to read."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"start_date": "2026-03-01", "end_date": "2026-03-07", "data_types": ["events"]}]
        },
    )

    start_date: CalendarDay
    end_date: CalendarDay
    data_types: list[Literal["events", "users", "locations"]] = Field(
        default=["events", "users", "locations"], min_length=1, max_length=3
    )


class QuotaPlanned(BaseModel):
    """The share of the vendor's quota that the range needs, and over how many hours and days it is spread."""

    unit: str
    needed: int
    per_hour: int | None
    per_day: int | None
    left_this_hour: int | None
    left_today: int | None
    hours: int
    days: int


class LostPlanned(BaseModel):
    """Data that cannot be recovered. If the days are null, it concerns all days of the range, or a part of each."""

    start_date: date | None
    end_date: date | None
    reason: str


class DaysPresent(BaseModel):
    """Days of the range that already have rows. They are read again, and only rows that differ are changed."""

    days: int
    first_day: date | None
    last_day: date | None


class BackfillPlanned(BaseModel):
    """The estimate of a backfill."""

    source_id: UUID
    kind: str
    start_date: date
    end_date: date
    days: int
    readable_days: int
    pieces: int
    requests: int | None
    quota: QuotaPlanned | None
    expected_seconds: float | None
    lost: list[LostPlanned]
    present: DaysPresent
