"""Lay series out on their grid and mask unknown steps: those before the first figure, and those not reported yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.anomalies.readers import Readers
from services.insights_service.domain.anomalies.series_grid import Grid, laid_out
from services.insights_service.domain.anomalies.told_until import (
    GONE_DAYS,
    LEADS_KEY,
    SALES_KEY,
    TRAFFIC_KEY,
    Limit,
    Told,
)
from services.insights_service.domain.arrays import Floats
from services.insights_service.store.candidates import PastFindings
from services.insights_service.store.series import Coverage, SeriesRow

COMPANY: Final = "company"
TRAFFIC: Final = ("sessions", "purchases", "revenue", "failed_searches")
LEADS: Final = ("leads", "contracts", "lead_revenue")
LATE_RULE: Final = "late_source"
METRICS: Final = (*TRAFFIC, *LEADS, "spend")
MONEY: Final = frozenset({"revenue", "lead_revenue", "spend"})
# Only judged as a part of ratios.
_BOUGHT: Final = "bought_sessions"
_OF_VISITS: Final = (*TRAFFIC, _BOUGHT)
_OF_ADS: Final = frozenset({"spend", "impressions", "clicks"})
# The metric that shows how far a source has reported, by group of metrics.
_PULSES: Final = {_OF_VISITS: "sessions", LEADS: "leads"}
# Dimensions whose members come and go: a member did not exist before its first figure.
_PASSING: Final = frozenset({"campaign", "platform", "product"})
# Steps below this share of the mean of non-empty steps are strays, from a wrong clock for example.
_STRAY: Final = 0.005
# Contracts are signed some time after the lead came, so younger cohorts are incomplete.
_COHORT_DAYS: Final = 30
# A branch with at least this share of a company metric over the last weeks shows in the company's figures.
_NOTICEABLE: Final = 0.1
_LATELY_DAYS: Final = 56
# Hours after which most visits are over: recent visitors may still buy.
_VISIT_HOURS: Final = 2

Key = tuple[str, str, str]


def rule_of(metric: str) -> str:
    """Return the rule of a metric's anomalies, to which readers' feedback applies."""
    return f"anomaly.{metric}"


def metric_of(cause: str) -> str:
    """Return the metric of an anomaly from its cause, which begins with the rule."""
    return cause.partition(":")[0].removeprefix("anomaly.")


@dataclass(frozen=True)
class JudgedSeries:
    """One metric of one member of a dimension; `values` are (steps,), NaN where unknown.

    A series with `is_part` is not one of the company's largest, and only judged in the ratios it is a part of.
    """

    metric: str
    dimension: str
    member_id: str
    member_name: str
    values: Floats
    is_part: bool = False

    @property
    def key(self) -> Key:
        """The metric, dimension and member id, unique among the series of one grain."""
        return self.metric, self.dimension, self.member_id

    @property
    def segment(self) -> dict[str, str]:
        """The part of the company that the series covers, {dimension: member}; empty for the whole company."""
        if self.dimension == COMPANY:
            return {}
        if self.dimension == "campaign":
            return {"platform": self.platform, "campaign": self.member_id}
        return {self.dimension: self.member_id}

    @property
    def platform(self) -> str:
        """The platform of a campaign or platform series, otherwise empty."""
        return self.member_id.split(" ", 1)[0] if self.dimension in {"campaign", "platform"} else ""

    @property
    def known_until(self) -> int:
        """The step after the last known one; 0 if none is known."""
        known = np.flatnonzero(~np.isnan(self.values))
        return int(known[-1]) + 1 if len(known) else 0


class Special(NamedTuple):
    """Days that are not judged: of the whole company, or only of a channel (or platform) or a branch."""

    days: Iterable[date]
    channel: str | None = None
    location_id: str | None = None


class Read(NamedTuple):
    """Everything that was read of a tenant for one look: series, special days, history and settings."""

    coverage: Coverage
    grids: tuple[Grid, Grid]
    rows: tuple[list[SeriesRow], list[SeriesRow]]
    special: list[Special]
    past: PastFindings
    readers: Readers


def known_series(rows: Sequence[SeriesRow], grid: Grid, told: Told) -> list[JudgedSeries]:
    """Return the rows as series, in the same order, with unknown steps masked as NaN."""
    series = [JudgedSeries(*row[:4], laid_out(row.places, row.amounts, len(grid)), row.is_part) for row in rows]
    by_key = {one.key: one for one in series}
    spans = [_span(one, by_key, told) for one in series]
    for one, (first, until), row in zip(series, spans, rows, strict=True):
        if one.metric in _OF_VISITS:
            one.values[told.holes] = np.nan
        one.values[: max(first, row.since)] = np.nan
        one.values[until:] = np.nan
        if one.metric in {"contracts", "lead_revenue"}:
            one.values[max(len(grid) - _COHORT_DAYS, 0) :] = np.nan
        if one.metric == _BOUGHT and grid.grain == "hour":
            one.values[max(len(grid) - _VISIT_HOURS, 0) :] = np.nan
    return series


def large_branches(days: Sequence[JudgedSeries]) -> frozenset[str]:
    """Return the ids of branches that are large enough in any metric to show in the company's figures."""
    sizes = {one.key: float(np.nansum(np.abs(one.values[-_LATELY_DAYS:]))) for one in days}
    return frozenset(
        member_id
        for (metric, dimension, member_id), size in sizes.items()
        if dimension == "branch" and size > 0 and size >= _NOTICEABLE * sizes.get((metric, COMPANY, ""), np.inf)
    )


def usual_days(
    series: Sequence[JudgedSeries], grid: Grid, special: Sequence[Special], large: frozenset[str]
) -> list[JudgedSeries]:
    """Mask special days; those of a branch concern only its own series, unless it is one of the `large` branches."""
    dates = grid.local.astype("datetime64[D]")
    hidden = [(days, np.isin(dates, np.array(list(days.days), dtype="datetime64[D]"))) for days in special]
    usual = list[JudgedSeries]()
    for one in series:
        mask = np.zeros(len(grid), dtype=bool)
        for days, is_special in hidden:
            mask |= is_special & _concerns(days, one, large)
        usual.append(replace(one, values=np.where(mask, np.nan, one.values)) if mask.any() else one)
    return usual


def pulse(one: JudgedSeries, by_key: Mapping[Key, JudgedSeries]) -> JudgedSeries | None:
    """Return the series that shows how far this one's source has reported: for ads, the platform's own spend."""
    for group, metric in _PULSES.items():
        if one.metric in group:
            return by_key.get((metric, COMPANY, ""))
    return by_key.get(("spend", "platform", one.platform) if one.platform else ("spend", COMPANY, ""))


def limit_of(one: JudgedSeries, told: Told, by_key: Mapping[Key, JudgedSeries]) -> Limit:
    """Return up to which step the source of a series has reported."""
    steps = len(one.values)
    everything = Limit(steps, 0, steps)
    if one.metric in LEADS:
        return told.limits.get(LEADS_KEY, everything)
    if one.metric in _OF_ADS:
        platforms = [one.platform] if one.platform else _platforms(by_key)
        limits = [told.limits[platform] for platform in platforms if platform in told.limits]
        return min(limits, default=everything)
    # A shop does not report the channel of an order.
    if one.metric in {"purchases", "revenue"} and one.dimension != "channel" and SALES_KEY in told.limits:
        return told.limits[SALES_KEY]
    return told.limits.get(TRAFFIC_KEY, everything)


def came(values: Floats) -> NDArray[np.bool_]:
    """Return which steps hold more than stray amounts, (steps,)."""
    amounts = np.where(np.isnan(values), 0.0, np.abs(values))
    some = amounts[amounts > 0]
    return amounts > (_STRAY * float(some.mean()) if len(some) else 0.0)


def _platforms(by_key: Mapping[Key, JudgedSeries]) -> list[str]:
    return [key[2] for key in by_key if key[:2] == ("spend", "platform")]


def _span(one: JudgedSeries, by_key: Mapping[Key, JudgedSeries], told: Told) -> tuple[int, int]:
    """Return the first known step of a series and the step after the last one."""
    source, limit = pulse(one, by_key) or one, limit_of(one, told, by_key)
    steps, first = limit.until, _some(source.values)[0]
    until = max(limit.silent_until, _some(came(source.values))[1])
    # Purchases imply that visits were reported too, unless a shop reports the purchases.
    if one.metric in _OF_VISITS and (SALES_KEY not in told.limits or limit is told.limits[SALES_KEY]):
        bought = by_key.get(("purchases", COMPANY, ""), source)
        until = max(until, _some(came(bought.values))[1])
    if one.dimension in _PASSING:
        first = max(first, _some(one.values)[0])
    if one.key == ("spend", COMPANY, ""):
        ends = [_some(other.values)[1] for other in by_key.values() if other.key[:2] == ("spend", "platform")]
        until = min([until, *(end for end in ends if steps - end <= GONE_DAYS)])
    if one.dimension == "campaign":
        spent = by_key.get(("spend", "campaign", one.member_id), one)
        end = _some(spent.values)[1]
        # A campaign that ended may have done so in the middle of its last step.
        until = min(until, end - 1 if end < min(until, steps) else end)
    return first, max(min(until, steps), first)


def _some(values: Floats | NDArray[np.bool_]) -> tuple[int, int]:
    """Return the first step with a known amount other than 0, and the step after the last one."""
    # This runs a thousand times a look, and np.nan_to_num takes ten times as long.
    some = np.flatnonzero((values != 0) & (values == values))  # noqa: PLR0124 -- NaN is not itself
    return (int(some[0]), int(some[-1]) + 1) if len(some) else (len(values), len(values))


def _concerns(days: Special, one: JudgedSeries, large: frozenset[str]) -> bool:
    if days.location_id is not None:
        if one.dimension == "branch":
            return one.member_id == days.location_id
        # Its visits and leads are part of channels, platforms, campaigns and products too; ads belong to no branch.
        return days.location_id in large and (one.dimension == COMPANY or one.metric not in _OF_ADS)
    if days.channel is not None:
        channel = one.segment.get("channel") or one.platform
        return one.dimension == COMPANY or channel == days.channel
    return True
