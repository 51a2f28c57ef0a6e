"""Events as the data service stores them, and the rows that a day's aggregates are counted from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from services.analytics_service.store.raw_rows import Rules


class Event(NamedTuple):
    """A row of one of the seven event tables; absent values are None, `items` and `extra` are JSON."""

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
        """The key that orders rows: time, then the bytes of the event id."""
        return self.ts, self.event_id


class Trace(NamedTuple):
    """The activity of a device, with its user (None: anonymous) and session (None: none), on a day: its first row."""

    device: str | None
    session_id: str | None
    user_id: str | None
    day: date
    first_ts: datetime
    first_id: UUID


class Purchase(NamedTuple):
    """The time of a purchase, with its device and user."""

    ts: datetime
    device: str | None
    user_id: str | None


@dataclass
class RawDay:
    """A day's rows, the rest of their sessions on other days, and traces of all time of the users active on the day.

    `rates` are those of this day. `first_purchases` has the earliest row of all time of each transaction that has a row
    on this day.
    """

    day: date
    zone: ZoneInfo
    starts_at: datetime
    currency: str
    rules: Rules
    rows: list[Event] = field(default_factory=list[Event])
    rest_of_sessions: list[Event] = field(default_factory=list[Event])
    first_purchases: list[Event] = field(default_factory=list[Event])
    traces: list[Trace] = field(default_factory=list[Trace])
    purchases: list[Purchase] = field(default_factory=list[Purchase])
    homes: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])
    rates: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    vendor_channels: Sequence[tuple[str, int]] = ()

    def rate(self, currency: str) -> Decimal | None:
        """Return what one unit of the currency is worth on this day in the tenant's; None: no rate."""
        return Decimal(1) if currency == self.currency else self.rates.get(currency)

    def day_of(self, ts: datetime) -> date:
        """Return the day of an instant in the tenant's time zone."""
        return ts.astimezone(self.zone).date()
