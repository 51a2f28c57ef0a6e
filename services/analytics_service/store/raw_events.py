"""Events as the data service stores them: what a day's rows, and what belongs with them, say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from services.analytics_service.store.raw_rows import Rules


class Event(NamedTuple):
    """A row of one of the seven tables; absent is None, `items` and `extra` are JSON."""

    kind: str
    ts: datetime
    event_id: UUID
    device: str | None
    user_id: str | None
    session_id: str | None
    location_id: str | None
    search_term: str | None
    transaction_id: str | None
    value: Decimal | None
    currency: str | None
    items: str | None
    page_location: str | None
    extra: str | None
    road: int

    @property
    def order(self) -> tuple[datetime, UUID]:
        """The order of rows: time, then the bytes of the event id."""
        return self.ts, self.event_id


class Trace(NamedTuple):
    """That a device, somebody signed in or not, was active in a session (None: in none) on a day, and since when."""

    device: str | None
    session_id: str | None
    user_id: str | None
    day: date
    first_ts: datetime
    first_id: UUID


class Purchase(NamedTuple):
    """When somebody bought something."""

    ts: datetime
    device: str | None
    user_id: str | None


@dataclass
class RawDay:
    """A day's rows, those of other days that its rows belong with, and traces of all time of whoever was active on it.

    `rates` are of this day; `first_purchases` the earliest row of all time of each transaction that is told of on it.
    """

    day: date
    zone: ZoneInfo
    starts_at: datetime
    currency: str
    rules: Rules
    rows: list[Event] = field(default_factory=list[Event])
    elsewhere: list[Event] = field(default_factory=list[Event])
    first_purchases: list[Event] = field(default_factory=list[Event])
    traces: list[Trace] = field(default_factory=list[Trace])
    purchases: list[Purchase] = field(default_factory=list[Purchase])
    homes: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])
    rates: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    told_channels: Sequence[tuple[str, int]] = ()

    def rate(self, currency: str) -> Decimal | None:
        """What one unit of a currency is worth on this day; None: nobody says."""
        return Decimal(1) if currency == self.currency else self.rates.get(currency)

    def day_of(self, ts: datetime) -> date:
        """The tenant's day of an instant."""
        return ts.astimezone(self.zone).date()
