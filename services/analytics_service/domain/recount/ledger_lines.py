"""A line of the ledger: what a transaction adds to it, and what its gap is made of, by label (docs/decisions/0030)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from services.analytics_service.domain.recount.lines import cents

_LABELS: Final = ("refund", "window", "time_zone", "duplicate", "untracked", "currency", "over", "under")
_ZERO: Final = Decimal(0)
_OF_ORDERS: Final = ("gross", "refunds", "moved_in", "moved_out", "zone_in", "zone_out", "shared")


class Entry(NamedTuple):
    """A row of analytics.ledger_entry, but for its key."""

    day: date
    platform: str
    campaign_ref: str
    is_order: bool = False
    gross: Decimal = _ZERO
    refunds: Decimal = _ZERO
    moved_in: Decimal = _ZERO
    moved_out: Decimal = _ZERO
    zone_in: Decimal = _ZERO
    zone_out: Decimal = _ZERO
    shared: Decimal = _ZERO
    lacks_rate: bool = False
    lead_day: date | None = None


@dataclass
class Line:
    """A day of a campaign while it is put together; `gaps` is there once it is settled."""

    leads: int = 0
    contracts: int = 0
    revenue: Decimal = _ZERO
    spend: Decimal = _ZERO
    claimed_conversions: Decimal = _ZERO
    claimed_revenue: Decimal = _ZERO
    orders: int = 0
    money: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(_OF_ORDERS, _ZERO))
    lacks_rate: bool = False
    is_row: bool = False
    gaps: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(_LABELS, _ZERO))

    def add_campaign(self, row: tuple[Any, ...]) -> None:
        """A row of v6_campaign_roi_daily."""
        self.leads, self.contracts, revenue, spend, _, _, self.claimed_conversions, claimed = row
        self.revenue, self.spend, self.claimed_revenue = (cents(amount) for amount in (revenue, spend, claimed))
        self.is_row = True

    def add_order(self, entry: Entry) -> None:
        """What a transaction adds."""
        self.orders += entry.is_order
        self.is_row = self.is_row or entry.is_order
        self.lacks_rate = self.lacks_rate or entry.lacks_rate
        for name in _OF_ORDERS:
            self.money[name] += getattr(entry, name)

    @property
    def order_revenue(self) -> Decimal:
        """Orders less what was given back."""
        return self.money["gross"] - self.money["refunds"]

    def settle(self, *, is_of_none: bool, contracts_lack: bool, ads_lack: bool) -> None:
        """Say why claims and books differ: each cause what it can of what the ones before it left."""
        money = self.money
        none = _ZERO
        untracked = max(self.revenue + (money["gross"] if is_of_none else none), none)
        # By label: how much more than the books it explains that a platform claims, and how much less.
        explains = {
            "refund": (money["refunds"], none),
            "window": (money["moved_in"], money["moved_out"]),
            "time_zone": (money["zone_in"], money["zone_out"]),
            "duplicate": (money["shared"], none),
            "untracked": (none, untracked),
        }
        rest = self.claimed_revenue - self.revenue - self.order_revenue
        for label, (more, less) in explains.items():
            self.gaps[label] = min(rest, more) if rest > 0 else max(rest, -less)
            rest -= self.gaps[label]
        if (rest > 0 and (self.lacks_rate or contracts_lack)) or (rest < 0 and ads_lack):
            self.gaps["currency"] = rest
        else:
            self.gaps["over" if rest > 0 else "under"] = rest


def total_of(lines: Iterable[Line]) -> tuple[Any, ...]:
    """What lines come to, as a row of analytics.ledger_total."""
    rows = [
        (
            *(1, line.spend, line.claimed_conversions, line.claimed_revenue, line.leads, line.contracts, line.revenue),
            *(line.orders, line.order_revenue, line.money["refunds"], *(line.gaps[label] for label in _LABELS)),
        )
        for line in lines
    ]
    return tuple(sum(column) for column in zip(*rows, strict=True))
