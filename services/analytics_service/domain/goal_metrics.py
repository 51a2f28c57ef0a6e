"""The metrics that a goal may have: what they are made of, of what there are any, and which way is better."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from services.analytics_service.domain.ratio import Amount
from services.analytics_service.store.day_range import DateRange

MarketingMetric = Literal[
    "leads", "contracts", "revenue", "spend", "impressions", "clicks",
    "cpl", "cpc", "cpm", "cpa", "ctr", "roas", "roi", "conversion_rate",
]  # fmt: skip
WebsiteMetric = Literal[
    "sessions", "page_views", "add_to_carts", "searches", "purchases", "online_revenue", "website_conversion_rate"
]
GoalMetric = Literal[MarketingMetric, WebsiteMetric]
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
    "website_conversion_rate": ("bought_sessions", "sessions", 100, 1),
}
RATIOS = frozenset(_RATIOS)
WEBSITE: frozenset[str] = frozenset(
    ("sessions", "page_views", "add_to_carts", "searches", "purchases", "online_revenue", "website_conversion_rate")
)
# What is made of the cost of ads.
OF_SPEND = frozenset({"spend", "cpl", "cpa", "roas", "roi"})
# Nobody tells of which channel an impression, a click, a filled cart or a search is.
OF_CHANNEL = OF_SPEND | {
    *("leads", "contracts", "revenue", "conversion_rate"),
    *("sessions", "page_views", "purchases", "online_revenue", "website_conversion_rate"),
}
Totals = Mapping[str, Amount]


@dataclass(frozen=True)
class Figure:
    """A metric over some days, exact; `says` is false where a ratio has nothing to divide by."""

    value: Fraction
    says: bool = True


FigureOf = Callable[[DateRange], Awaitable[Figure]]


def figure_of_totals(metric: str, totals: Totals) -> Figure:
    """A metric from the exact sums that it is made of."""
    if metric not in _RATIOS:
        return Figure(Fraction(totals[metric]))
    part, whole, factor, _ = _RATIOS[metric]
    if not totals[whole]:
        return Figure(Fraction(0), says=False)
    amount = Fraction(totals["revenue"]) - Fraction(totals["spend"]) if part == "profit" else Fraction(totals[part])
    return Figure(factor * amount / Fraction(totals[whole]))


def decimals_of(metric: str) -> int:
    """With how many decimals an answer shows it."""
    return _RATIOS[metric][3] if metric in _RATIOS else 2
