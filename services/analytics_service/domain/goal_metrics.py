"""The metrics of goals: how each is computed, what it can be limited to, and whether less is better."""

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
# Unit costs: the lower, the better. Spend is a budget, which should be used up at the end of its period, not before.
COST_METRICS = frozenset({"cpl", "cpc", "cpm", "cpa"})
LESS_IS_BETTER = COST_METRICS | {"spend"}
# Of each ratio: numerator, denominator, factor, decimals.
_RATIOS: Mapping[str, tuple[str, str, int, int]] = {
    "cpl": ("spend", "leads", 1, 2),
    "cpc": ("spend", "clicks", 1, 2),
    "cpm": ("spend", "impressions", 1000, 2),
    "cpa": ("spend", "contracts", 1, 2),
    "ctr": ("clicks", "impressions", 100, 2),
    "roas": ("revenue", "spend", 1, 2),
    "roi": ("profit", "spend", 100, 2),
    "conversion_rate": ("contracts", "leads", 100, 1),
    "website_conversion_rate": ("bought_sessions", "seen_sessions", 100, 1),
}
RATIOS = frozenset(_RATIOS)
WEBSITE_METRICS: frozenset[str] = frozenset(
    ("sessions", "page_views", "add_to_carts", "searches", "purchases", "online_revenue", "website_conversion_rate")
)
# Metrics of which no sums of months are stored.
WITHOUT_MONTHS: frozenset[str] = frozenset(("add_to_carts", "searches"))
# Metrics that need the spend on ads.
SPEND_METRICS = frozenset({"spend", "cpl", "cpa", "roas", "roi"})
# The metrics that channels have: impressions, clicks, cart additions and searches cannot be assigned to a channel.
CHANNEL_METRICS = SPEND_METRICS | {
    *("leads", "contracts", "revenue", "conversion_rate"),
    *("sessions", "page_views", "purchases", "online_revenue", "website_conversion_rate"),
}
Totals = Mapping[str, Amount]


@dataclass(frozen=True)
class Figure:
    """The exact value of a metric over some days.

    `is_defined` is false for a ratio whose denominator is 0. `is_complete` is false if some of the days are not in it,
    because they were removed by age.
    """

    value: Fraction
    is_defined: bool = True
    is_complete: bool = True


FigureOf = Callable[[DateRange], Awaitable[Figure]]


def figure_of_totals(metric: str, totals: Totals) -> Figure:
    """Compute a metric from exact sums."""
    if metric not in _RATIOS:
        return Figure(Fraction(totals[metric]))
    numerator, denominator, factor, _ = _RATIOS[metric]
    if not totals[denominator]:
        return Figure(Fraction(0), is_defined=False)
    if numerator == "profit":
        amount = Fraction(totals["revenue"]) - Fraction(totals["spend"])
    else:
        amount = Fraction(totals[numerator])
    return Figure(factor * amount / Fraction(totals[denominator]))


def decimals_of(metric: str) -> int:
    """Return how many decimals answers show of the metric."""
    return _RATIOS[metric][3] if metric in _RATIOS else 2
