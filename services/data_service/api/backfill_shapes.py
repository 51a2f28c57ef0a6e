"""What a backfill is asked with, and the plan that answers."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from common.written_time import CalendarDay


class BackfillOrder(BaseModel):
    """Days of one source, both included, in the tenant's zone."""

    model_config = ConfigDict(extra="forbid")

    source_id: UUID
    start_date: CalendarDay
    end_date: CalendarDay


class IngestOrder(BaseModel):
    """Days of the tenant's GA4 properties, and what of them."""

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
    """What the range takes of the vendor's allowance, and how many hours and days that is spread over."""

    unit: str
    needed: int
    per_hour: int | None
    per_day: int | None
    left_this_hour: int | None
    left_today: int | None
    hours: int
    days: int


class LostPlanned(BaseModel):
    """What nobody can bring back; without days it concerns all of them, or a part of each."""

    start_date: date | None
    end_date: date | None
    reason: str


class DaysPresent(BaseModel):
    """Days of the range of which there are rows already; they are read again, which changes only what differs."""

    days: int
    first_day: date | None
    last_day: date | None


class BackfillPlanned(BaseModel):
    """What a backfill would take."""

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
