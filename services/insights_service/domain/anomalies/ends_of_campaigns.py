"""Leave out drops, and changes of ratios, that come from campaigns that ended: these are intended and not reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.judged_ratios import JudgedRatio
from services.insights_service.domain.anomalies.judged_series import COMPANY, JudgedSeries
from services.insights_service.domain.anomalies.series_grid import Grid

_ENDING: Final = frozenset({"spend", "leads"})
# A drop is explained if campaigns that ended account for at least this share of it.
_OF_THE_DROP: Final = 0.6
# The share of all other figures that may be missing as well if one campaign stopped and the rest goes on.
_GOES_ON: Final = 0.25
# If campaigns that ended had at least this share of a ratio's exposure, the mix of campaigns explains the change.
_OF_THE_EXPOSURE: Final = 0.2
# Prefixes of the channels by which campaigns' visitors come, and dimensions in which any member may have some.
_OF_CAMPAIGNS: Final = ("paid-", "display", "cross-network")
_SHARED: Final = frozenset({"branch", "product"})
_USUAL_DAYS: Final = 28
_A_WEEK: Final = 7 * 24  # hours
# How many steps before a drop a campaign's last step may have been.
_BEFORE: Final = {"hour": 24, "day": 4}
# For how many days a forecast may still expect some of what a campaign that ended would have brought, less every day.
_EXPECTED_DAYS: Final = 14


def without_ends(episodes: Sequence[Episode], series: Sequence[JudgedSeries], grid: Grid) -> list[Episode]:
    """Return the episodes without the drops that are explained by campaigns that ended at that time."""
    return [one for one in episodes if not _is_end(one, series, len(grid))]


def has_ended_campaigns(episode: Episode, one: JudgedRatio, series: Sequence[JudgedSeries]) -> bool:
    """Whether campaigns with a large share of the ratio's exposure ended during the episode."""
    whole, metric = one.series, one.ratio.parts[1]
    if whole.dimension not in {COMPANY, "platform"}:
        return False
    ended_exposure = 0.0
    for part in series:
        is_part = part.dimension == "campaign" and part.metric == metric and whole.platform in {"", part.platform}
        if is_part and episode.start - 2 <= part.known_until < min(episode.end, len(episode.grid)):
            ended_exposure += float(np.nan_to_num(part.values[: part.known_until][-_USUAL_DAYS:]).mean())
    before = one.exposure[max(episode.start - _USUAL_DAYS, 0) : episode.start]
    return ended_exposure > 0 and ended_exposure >= _OF_THE_EXPOSURE * float(np.nan_to_num(before).mean())


def _is_end(episode: Episode, series: Sequence[JudgedSeries], steps: int) -> bool:
    whole = episode.series
    if episode.change >= 0 or whole.metric not in _ENDING or not _has_campaigns(whole):
        return False
    ended = _ended(episode, series, _BEFORE[episode.grid.grain], steps)
    if episode.grid.grain == "hour":
        return bool(ended) and _may_be_end(episode, ended)
    lately = _ended(episode, series, _EXPECTED_DAYS, steps)
    return (bool(ended) and _had_the_drop(episode, ended, series)) or (
        bool(lately) and _is_usual_with(lately, episode, series)
    )


def _ended(episode: Episode, series: Sequence[JudgedSeries], before: int, steps: int) -> list[JudgedSeries]:
    """Return the campaigns of the episode's platform that ended during it, or up to `before` steps before it."""
    whole = episode.series
    return [
        one
        for one in series
        if one.dimension == "campaign"
        and one.metric == whole.metric
        and whole.platform in {"", one.platform}
        and episode.start - before <= one.known_until < min(episode.end, steps)
    ]


def _may_be_end(episode: Episode, ended: Sequence[JudgedSeries]) -> bool:
    """Whether an hourly drop looks like the end of a campaign: one stopped and all else goes on.

    Hourly data do not tell whether it ended. If it did not, the daily series show it as soon as spend is reported.
    """
    gone = max(_weeks_before(one, episode) for one in ended)
    missing, rest = -episode.change, _weeks_before(episode.series, episode) - gone
    return gone >= _OF_THE_DROP * missing and missing - gone <= _GOES_ON * max(rest, 0.0)


def _had_the_drop(episode: Episode, ended: Sequence[JudgedSeries], series: Sequence[JudgedSeries]) -> bool:
    whole = episode.series
    usual = _usual_of_company(episode, series)
    gone = sum(_usual(one, one.known_until) for one in ended)
    missing = -episode.change / (episode.end - episode.start)
    # If a branch lost a larger share than the company, there is another reason as well.
    of_all = missing * usual / max(_usual(whole, episode.start), 1e-9) if whole.dimension in _SHARED else 0.0
    return gone > 0 and gone >= _OF_THE_DROP * max(missing, of_all)


def _is_usual_with(ended: Sequence[JudgedSeries], episode: Episode, series: Sequence[JudgedSeries]) -> bool:
    """Whether the figure is below its usual range only because it still expects campaigns that ended."""
    whole = episode.series
    if whole.dimension == "channel":
        return False  # It is not known whether they belonged to it.
    usual = _usual_of_company(episode, series)
    share = _usual(whole, episode.start) / max(usual, 1e-9) if whole.dimension in _SHARED else 1.0
    gone = sum(_usual(one, one.known_until) * _still_expected(one, episode) for one in ended)
    return episode.sum_actual + gone * share * (episode.end - episode.start) >= episode.interval[0]


def _still_expected(ended: JudgedSeries, episode: Episode) -> float:
    """Return the share of a campaign that ended which a forecast may still expect when the episode begins."""
    return 1 - max(episode.start - ended.known_until, 0) / _EXPECTED_DAYS


def _has_campaigns(one: JudgedSeries) -> bool:
    if one.dimension == "channel":
        return one.member_id.startswith(_OF_CAMPAIGNS)
    return one.dimension in {COMPANY, "platform"} | _SHARED


def _usual(one: JudgedSeries, until: int) -> float:
    """Return the mean of the last four weeks of days before `until`."""
    return float(np.nan_to_num(one.values[:until][-_USUAL_DAYS:]).mean()) if until else 0.0


def _usual_of_company(episode: Episode, series: Sequence[JudgedSeries]) -> float:
    """Return the usual amount of the episode's metric of the whole company, per day, before it began."""
    metric = episode.series.metric
    company = [one for one in series if one.metric == metric and one.dimension == COMPANY]
    return sum(_usual(one, episode.start) for one in company)


def _weeks_before(one: JudgedSeries, episode: Episode) -> float:
    """Return the mean total of the same hours of the weeks before an episode."""
    starts = [episode.start - weeks * _A_WEEK for weeks in range(1, _USUAL_DAYS // 7 + 1)]
    length = episode.end - episode.start
    # If the episode is longer than a week, the shifted windows are cut where it begins.
    sums = [float(np.nansum(one.values[at : min(at + length, episode.start)])) for at in starts if at >= 0]
    return float(np.mean(sums)) if sums else 0.0
