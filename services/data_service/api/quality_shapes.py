"""Shapes of the answer about quality, for OpenAPI only; msgspec writes the answer itself."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel


class FlaggedDay(BaseModel):
    """A day whose figures the vendor has flagged; `flags` has the details of each flag: `{"sampled": {…}}`."""

    source_id: UUID
    stream: str
    day: date
    flags: dict[str, dict[str, Any]]


class FlagShare(BaseModel):
    """The share of days with a flag: `days` of the `of_days` in the range that the source has read.

    Every day between the source's connection and its last sync counts as read, even if it was paused or failing then.
    """

    source_id: UUID
    stream: str
    flag: str
    days: int
    of_days: int
    share_pct: float


class UnknownField(BaseModel):
    """An unknown field that a vendor sends; rows that can store additional fields keep it unchanged."""

    source_id: UUID
    stream: str
    field: str
    first_seen_at: datetime


class RejectingImport(BaseModel):
    """An import with rejected lines; download them with `GET /data/import/jobs/{id}/rejects`."""

    job_id: UUID
    kind: str
    file: str
    status: str
    rejected: int
    created_at: datetime


class Hits(BaseModel):
    """The outcome of the hits of a Measurement Protocol source. `hits` counts hits; the other fields count events."""

    source_id: UUID
    hits: int
    taken: int
    duplicates: int
    superseded: int
    refused: int


class SourceState(BaseModel):
    """The state of a source; `reason` explains why it is not read as planned."""

    id: UUID
    kind: str
    name: str
    status: str
    reason: str
    last_sync_at: datetime | None
    next_sync_at: datetime | None


class QualityAnswer(BaseModel):
    """A page of flagged days; the other lists are complete on every page."""

    data: list[FlaggedDay]
    total: int
    page: int
    limit: int
    has_more: bool
    date_from: date
    date_to: date
    time_zone: str
    shares: list[FlagShare]
    unknown_fields: list[UnknownField]
    rejecting_imports: list[RejectingImport]
    hits: list[Hits]
    sources: list[SourceState]
