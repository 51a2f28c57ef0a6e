"""The metrics that a goal may have: what they are made of, and which way is better."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.analytics_service.domain.ratio import Amount, ratio, rounded
from services.analytics_service.store.day_range import DateRange

MarketingMetric = Literal[
    "leads", "contracts", "revenue", "spend", "impressions", "clicks",
    "cpl", "cpc", "cpm", "cpa", "ctr", "roas", "roi", "conversion_rate",
]  # fmt: skip
WebsiteMetric = Literal[
    "sessions", "page_views", "add_to_carts", "searches", "purchases", "online_revenue", "website_conversion_rate"
]
GoalMetric = Literal[MarketingMetric, WebsiteMetric]
# What the statistics of the website call the same.
STATISTIC_OF: Mapping[str, str] = {
    **{name: name for name in ("sessions", "page_views", "add_to_carts", "searches", "purchases")},
    "online_revenue": "revenue",
    "website_conversion_rate": "conversion_rate",
}
# Costs of one: the less the better. Spend is a budget, to be used up at the end of its period and not before.
COSTS = frozenset({"cpl", "cpc", "cpm", "cpa"})
LESS_IS_BETTER = COSTS | {"spend"}
# part, whole, factor, decimals
_RATIOS: Mapping[str, tuple[str, str, int, int]] = {
    "cpl": ("spend", "leads", 1, 2),
    "cpc": ("spend", "clicks", 1, 2),
    "cpm": ("spend", "impressions", 1000, 2),
    "cpa": ("spend", "contracts", 1, 2),
    "ctr": ("clicks", "impressions", 100, 2),
    "roas": ("revenue", "spend", 1, 2),
    "roi": ("profit", "spend", 100, 2),
    "conversion_rate": ("contracts", "leads", 100, 1),
}
RATIOS = frozenset({*_RATIOS, "website_conversion_rate"})
Totals = Mapping[str, Amount]


@dataclass(frozen=True)
class Figure:
    """A metric over some days; `says` is false where a ratio has nothing to divide by."""

    value: Decimal
    says: bool = True


FigureOf = Callable[[DateRange], Awaitable[Figure]]


def marketing_figure(metric: str, totals: Totals) -> Figure:
    """A metric of leads and ads from their sums."""
    if metric not in _RATIOS:
        return Figure(rounded(Decimal(totals[metric])))
    part, whole, factor, digits = _RATIOS[metric]
    amount = Decimal(totals["revenue"]) - Decimal(totals["spend"]) if part == "profit" else Decimal(totals[part])
    return Figure(ratio(factor * amount, totals[whole], digits), bool(totals[whole]))


def website_figure(metric: str, statistics: Totals) -> Figure:
    """A metric of the website from its statistics."""
    says = metric not in RATIOS or bool(statistics["sessions"])
    return Figure(Decimal(statistics[STATISTIC_OF[metric]]), says)
