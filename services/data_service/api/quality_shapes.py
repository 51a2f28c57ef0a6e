"""Shapes of the answer about quality, for the documentation; the answer itself is written by msgspec."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel


class FlaggedDay(BaseModel):
    """What a vendor says of its own numbers of a day: `{"sampled": {…}}`, with what it says of it."""

    source_id: UUID
    stream: str
    day: date
    flags: dict[str, dict[str, Any]]


class FlagShare(BaseModel):
    """On how many days of the range a flag lies; `of_days` are those that its source has read.

    Days between its connection and its last sync count as read, also those on which it was paused or failing.
    """

    source_id: UUID
    stream: str
    flag: str
    days: int
    of_days: int
    share_pct: float


class UnknownField(BaseModel):
    """A field that a vendor sends and nobody here knows; rows that have a place for it keep it raw."""

    source_id: UUID
    stream: str
    field: str
    first_seen_at: datetime


class RejectingImport(BaseModel):
    """An import that left lines out: `GET /data/import/jobs/{id}/rejects` has them."""

    job_id: UUID
    kind: str
    file: str
    status: str
    rejected: int
    created_at: datetime


class Hits(BaseModel):
    """What became of the hits of a Measurement Protocol source: all but `hits` count events."""

    source_id: UUID
    hits: int
    taken: int
    duplicates: int
    superseded: int
    refused: int


class SourceState(BaseModel):
    """How a source fares; `reason` says in plain words why it is not read as planned."""

    id: UUID
    kind: str
    name: str
    status: str
    reason: str
    last_sync_at: datetime | None
    next_sync_at: datetime | None


class QualityAnswer(BaseModel):
    """Flags by source, stream and day, in pages; the rest is whole on each page."""

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
