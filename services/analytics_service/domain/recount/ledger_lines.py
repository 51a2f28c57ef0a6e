"""A line of the ledger: the entries of transactions, and the gap by cause (docs/decisions/0030)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from services.analytics_service.domain.recount.lines import cents

_CAUSES: Final = ("refund", "window", "time_zone", "duplicate", "untracked", "currency", "over", "under")
_ZERO: Final = Decimal(0)
_ORDER_AMOUNTS: Final = ("gross", "refunds", "moved_in", "moved_out", "zone_in", "zone_out", "shared")


class Entry(NamedTuple):
    """A row of analytics.ledger_entry without its key."""

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
    """A day of a campaign while it is summed up; `gaps` is filled by `settle`."""

    leads: int = 0
    contracts: int = 0
    revenue: Decimal = _ZERO
    spend: Decimal = _ZERO
    claimed_conversions: Decimal = _ZERO
    claimed_revenue: Decimal = _ZERO
    orders: int = 0
    money: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(_ORDER_AMOUNTS, _ZERO))
    lacks_rate: bool = False
    is_row: bool = False
    gaps: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(_CAUSES, _ZERO))

    def add_campaign(self, row: tuple[Any, ...]) -> None:
        """Add a row of v6_campaign_roi_daily."""
        self.leads, self.contracts, revenue, spend, _, _, self.claimed_conversions, claimed = row
        self.revenue, self.spend, self.claimed_revenue = (cents(amount) for amount in (revenue, spend, claimed))
        self.is_row = True

    def add_order(self, entry: Entry) -> None:
        """Add an entry of a transaction."""
        self.orders += entry.is_order
        self.is_row = self.is_row or entry.is_order
        self.lacks_rate = self.lacks_rate or entry.lacks_rate
        for name in _ORDER_AMOUNTS:
            self.money[name] += getattr(entry, name)

    @property
    def order_revenue(self) -> Decimal:
        """Orders net of refunds."""
        return self.money["gross"] - self.money["refunds"]

    def settle(self, *, is_without_campaign: bool, contracts_lack_rate: bool, ads_lack_rate: bool) -> None:
        """Explain the gap between claims and books: each cause in turn takes what it can of the rest."""
        money = self.money
        untracked = max(self.revenue + (money["gross"] if is_without_campaign else _ZERO), _ZERO)
        # By cause: how much it can explain of claims above the books, and of claims below them.
        explained = {
            "refund": (money["refunds"], _ZERO),
            "window": (money["moved_in"], money["moved_out"]),
            "time_zone": (money["zone_in"], money["zone_out"]),
            "duplicate": (money["shared"], _ZERO),
            "untracked": (_ZERO, untracked),
        }
        rest = self.claimed_revenue - self.revenue - self.order_revenue
        for cause, (above, below) in explained.items():
            self.gaps[cause] = min(rest, above) if rest > 0 else max(rest, -below)
            rest -= self.gaps[cause]
        if (rest > 0 and (self.lacks_rate or contracts_lack_rate)) or (rest < 0 and ads_lack_rate):
            self.gaps["currency"] = rest
        else:
            self.gaps["over" if rest > 0 else "under"] = rest


def total_of(lines: Iterable[Line]) -> tuple[Any, ...]:
    """Return the sum of the lines, as the non-key columns of a row of analytics.ledger_total."""
    rows = [
        (
            *(1, line.spend, line.claimed_conversions, line.claimed_revenue, line.leads, line.contracts, line.revenue),
            *(line.orders, line.order_revenue, line.money["refunds"], *(line.gaps[cause] for cause in _CAUSES)),
        )
        for line in lines
    ]
    return tuple(sum(column) for column in zip(*rows, strict=True))
