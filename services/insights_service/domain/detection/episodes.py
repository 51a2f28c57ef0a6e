"""From a stream of surprise to alarms: an episode is told once, at its beginning, and again when it gets far worse."""

from bisect import bisect_left
from typing import NamedTuple

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats, Ints

_RISING = 8  # the part of a quiet time, before a row, that may belong to the same rise
_HIGHEST = 12.0  # beyond it only the logarithm counts


class Manner(NamedTuple):
    """How episodes are told, in rows and in units of surprise."""

    hold: int  # rows after its beginning that an episode is told, with the height it reached by then
    quiet: int  # rows after an alarm without another
    linger: int  # rows of silence more, while it lasts
    least: float  # that begins an episode
    times: float  # of what was told, and
    plus: float  # so much more, breaks the silence


def told_once(surprise: Floats, seasonal: Bools, manners: tuple[Manner, Manner]) -> Floats:
    """The surprise at the rows where something is to be told, 0 elsewhere; the second manner is that of a season.

    One row stands above the rest for each episode, so that a threshold counts episodes and not rows.
    """
    told = np.zeros(len(surprise))
    rows = np.flatnonzero(surprise > np.where(seasonal, manners[1].least, manners[0].least))
    if not len(rows):
        return told
    heights = np.minimum(surprise[rows], _HIGHEST + np.log1p(np.maximum(surprise[rows] - _HIGHEST, 0.0)))
    lately, stops = _Lately(rows, heights), _Stops(rows, heights, seasonal[rows], manners)
    candidates = list(zip(rows.tolist(), heights.tolist(), seasonal[rows].tolist(), strict=True))
    silent_until, begun, due, height, peak, told_at = -1, -1, -1, 0.0, 0.0, 0
    place = 0
    while place < len(candidates):
        at, now, of_season = candidates[place]
        manner = manners[of_season]
        if begun >= 0 and at > due:
            told[due], peak, told_at = height, height, due
            silent_until, begun = due + manners[int(seasonal[begun])].quiet, -1
        if at - told_at > manner.quiet and now > manner.least * manner.times + manner.plus:
            peak = min(peak, lately.highest(at - manner.quiet, at - manner.quiet // _RISING))
        if begun >= 0:
            height = max(height, now)
        elif at >= silent_until or now > peak * manner.times + manner.plus:
            begun, due, height = at, at + manner.hold, now
        else:
            silent_until = max(silent_until, at + manner.linger)
        if begun >= 0 and at == due:
            told[due], peak, told_at = height, height, due
            silent_until, begun = due + manners[int(seasonal[begun])].quiet, -1
        place += 1
        if begun < 0:
            place, lasts = stops.after(place)
            silent_until = max(silent_until, lasts)
    if begun >= 0 and due < len(told):
        told[due] = height
    return told


def told_from(surprise: Floats, seasonal: Bools, manners: tuple[Manner, Manner], least: float) -> Floats:
    """As told_once, and beside it what is milder, from `least` on, where nothing else is told within its silence."""
    told = told_once(surprise, seasonal, manners)
    milder = told_once(surprise, seasonal, (manners[0]._replace(least=least), manners[1]._replace(least=least)))
    rows = np.flatnonzero((milder > 0) & (told == 0))
    loud = np.flatnonzero(told)
    if len(rows) and len(loud):
        quiet = np.where(seasonal[rows], manners[1].quiet, manners[0].quiet)
        after = np.searchsorted(loud, rows)
        apart = np.minimum(
            np.abs(rows - loud[np.maximum(after - 1, 0)]), np.abs(loud[np.minimum(after, len(loud) - 1)] - rows)
        )
        rows = rows[apart > quiet]
    told[rows] = milder[rows]
    return told


class _Stops:
    """Which rows may break a silence: loud ones, and those after a pause. Others only make it last."""

    def __init__(self, rows: Ints, heights: Floats, seasonal: Bools, manners: tuple[Manner, Manner]) -> None:
        least, pause = min(one.least for one in manners), min(one.quiet for one in manners)
        lingers = np.where(seasonal, manners[1].linger, manners[0].linger)
        loud = np.where(seasonal, *(one.times * least + one.plus for one in manners[::-1]))
        stops = heights > loud
        stops[1:] |= np.diff(rows) >= np.minimum(lingers, pause)[:-1]
        self._lasts: list[int] = (rows + lingers).tolist()
        self._alike = bool((lingers == lingers[0]).all())
        self._stops: list[int] = np.flatnonzero(stops).tolist()

    def after(self, place: int) -> tuple[int, int]:
        """The next one from this one on, and until when those before it make a silence last."""
        at = bisect_left(self._stops, place)
        until = self._stops[at] if at < len(self._stops) else len(self._lasts)
        if until == place:
            return until, -1
        return until, self._lasts[until - 1] if self._alike else max(self._lasts[place:until])


class _Lately:
    """How high it was of late: what is over for long hides nothing, even if its echo lasts."""

    def __init__(self, rows: Ints, heights: Floats) -> None:
        self._rows, self._heights = rows, heights
        self._forgotten = 0

    def highest(self, since: int, until: int) -> float:
        """Of the rows between; what an earlier call left behind stays forgotten."""
        first, last = self._rows.searchsorted([since, until]).tolist()
        self._forgotten = max(self._forgotten, first)
        return float(self._heights[self._forgotten : last].max(initial=0.0))
