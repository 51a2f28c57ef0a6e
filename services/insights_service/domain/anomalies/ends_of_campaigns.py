"""Drops that come from campaigns that ended: they were meant to, and are no news."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.insights_service.domain.anomalies.find_anomalies import Episode
from services.insights_service.domain.anomalies.judged_series import COMPANY, JudgedSeries
from services.insights_service.domain.anomalies.series_grid import Grid

_ENDING: Final = frozenset({"spend", "leads"})
# A drop is an end where campaigns that ended had so much of it.
_OF_THE_DROP: Final = 0.6
# Channels that campaigns' visitors come by; of branches and products any may be a campaign's.
_OF_CAMPAIGNS: Final = ("paid-", "display", "cross-network")
_SHARED: Final = frozenset({"branch", "product"})
_USUAL_DAYS: Final = 28
# So shortly before a drop was seen a campaign's last whole day may have been.
_BEFORE: Final = 4


def without_ends(episodes: Sequence[Episode], series: Sequence[JudgedSeries], grid: Grid) -> list[Episode]:
    """Without the drops of the company, or of parts of it, that come from campaigns that ended then."""
    return [one for one in episodes if not _is_end(one, series, len(grid))]


def _is_end(episode: Episode, series: Sequence[JudgedSeries], steps: int) -> bool:
    # (of hours nobody says whether a campaign has ended)
    whole = episode.series
    if episode.grid.grain == "hour" or episode.change >= 0 or whole.metric not in _ENDING or not _has_campaigns(whole):
        return False
    gone = usual = 0.0
    for one in series:
        if one.metric == whole.metric and one.dimension == COMPANY:
            usual = _usual(one, episode.start)
        is_part = one.dimension == "campaign" and one.metric == whole.metric and whole.platform in {"", one.platform}
        if is_part and episode.start - _BEFORE <= one.known_until < min(episode.end, steps):
            gone += _usual(one, one.known_until)
    missing = -episode.change / (episode.end - episode.start)
    # (what is missing of a branch more than of the company is missing for another reason too)
    of_all = missing * usual / max(_usual(whole, episode.start), 1e-9) if whole.dimension in _SHARED else 0.0
    return gone > 0 and gone >= _OF_THE_DROP * max(missing, of_all)


def _has_campaigns(one: JudgedSeries) -> bool:
    if one.dimension == "channel":
        return one.member_id.startswith(_OF_CAMPAIGNS)
    return one.dimension in {COMPANY, "platform"} | _SHARED


def _usual(one: JudgedSeries, until: int) -> float:
    """What a day had mostly, of the weeks before one."""
    return float(np.nan_to_num(one.values[:until][-_USUAL_DAYS:]).mean()) if until else 0.0
