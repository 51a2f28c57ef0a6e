"""Turn surprise into alarms: an episode is reported once, when it begins, and again if it gets far worse.

After an alarm there is silence for some rows, longer while the episode lasts. A fall may break the silence after a
rise, and a rise the silence after a fall: a stop that follows a surge is another episode.
"""

from bisect import bisect_left
from typing import NamedTuple

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats, Ints

_RISING = 8  # The last 1 / _RISING of a quiet time before a row may belong to the same rise.
_HIGHEST = 12.0  # Surprise beyond this grows only with its logarithm.


class Manner(NamedTuple):
    """How episodes are reported: times in rows, heights in units of surprise."""

    hold: int  # An episode is reported this many rows after its beginning, with its highest surprise by then.
    quiet: int  # Rows of silence after an alarm.
    linger: int  # Rows by which each row of a lasting episode extends the silence.
    least: float  # Surprise that begins an episode.
    # The silence is broken by a surprise above times * peak + plus. The peak is the last alarm, and may be less later.
    times: float
    plus: float
    turn: float = np.inf  # Surprise that breaks the silence after an alarm of the other direction.


class Alarms(NamedTuple):
    """Per row: the surprise that is reported, 0 elsewhere; 1 for a rise, -1 for a fall, 0 if the views cannot tell."""

    heights: Floats
    directions: Floats


def alarms_of(rises: Floats, falls: Floats, seasonal: Bools, manners: tuple[Manner, Manner]) -> Alarms:
    """Find the alarms of a series, in which a row may be both a rise and a fall, by sums of different lengths.

    The first manner is for rows without a season, whose rises equal their falls; the second is for `seasonal` rows.
    """
    heights = told_once(np.maximum(rises, falls), seasonal, manners)
    directions = np.where(heights > 0, np.sign(rises - falls), 0.0)
    if not seasonal.any():
        return Alarms(heights, directions)
    alarms = np.flatnonzero(heights)

    def after_opposite(rows: Ints, direction: float) -> Ints:
        """Return the rows before which the last alarm was in the other direction."""
        place = np.searchsorted(alarms, rows) - 1
        return rows[(place >= 0) & (directions[alarms[place]] == -direction)]

    for surprise, direction in ((rises, 1.0), (falls, -1.0)) if len(alarms) else ():
        silenced = np.flatnonzero(seasonal & (surprise >= manners[1].turn) & (heights == 0))
        if len(after_opposite(silenced, direction)):
            one_way = told_once(np.where(seasonal, surprise, 0.0), seasonal, manners)
            turns = after_opposite(np.flatnonzero((one_way >= manners[1].turn) & (heights == 0)), direction)
            heights[turns], directions[turns] = one_way[turns], direction
    return Alarms(heights, directions)


def with_milder(rises: Floats, falls: Floats, seasonal: Bools, manners: tuple[Manner, Manner], least: float) -> Alarms:
    """Find the alarms of `alarms_of`, and milder ones from `least` on that have no such alarm within the quiet time."""
    heights, directions = alarms_of(rises, falls, seasonal, manners)
    mild_manners = manners[0]._replace(least=least), manners[1]._replace(least=least)
    milder = alarms_of(rises, falls, seasonal, mild_manners)
    rows, loud = np.flatnonzero((milder.heights > 0) & (heights == 0)), np.flatnonzero(heights)
    if len(rows) and len(loud):
        quiet = np.where(seasonal[rows], manners[1].quiet, manners[0].quiet)
        after = np.searchsorted(loud, rows)
        distance = np.minimum(
            np.abs(rows - loud[np.maximum(after - 1, 0)]), np.abs(loud[np.minimum(after, len(loud) - 1)] - rows)
        )
        rows = rows[distance > quiet]
    heights[rows], directions[rows] = milder.heights[rows], milder.directions[rows]
    return Alarms(heights, directions)


def told_once(surprise: Floats, seasonal: Bools, manners: tuple[Manner, Manner]) -> Floats:
    """Return the surprise at the rows that are reported, and 0 elsewhere; the second manner is that of a season.

    Each episode has one such row, so that a threshold counts episodes and not rows.
    """
    reported = np.zeros(len(surprise))
    rows = np.flatnonzero(surprise > np.where(seasonal, manners[1].least, manners[0].least))
    if not len(rows):
        return reported
    heights = np.minimum(surprise[rows], _HIGHEST + np.log1p(np.maximum(surprise[rows] - _HIGHEST, 0.0)))
    recent_peak, stops = _RecentPeak(rows, heights), _Stops(rows, heights, seasonal[rows], manners)
    candidates = list(zip(rows.tolist(), heights.tolist(), seasonal[rows].tolist(), strict=True))
    silent_until, start, due, height, peak, reported_at = -1, -1, -1, 0.0, 0.0, 0
    place = 0
    while place < len(candidates):
        row, current, of_season = candidates[place]
        manner = manners[of_season]
        if start >= 0 and row > due:
            reported[due], peak, reported_at = height, height, due
            silent_until, start = due + manners[int(seasonal[start])].quiet, -1
        if row - reported_at > manner.quiet and current > manner.least * manner.times + manner.plus:
            peak = min(peak, recent_peak.highest(row - manner.quiet, row - manner.quiet // _RISING))
        if start >= 0:
            height = max(height, current)
        elif row >= silent_until or current > peak * manner.times + manner.plus:
            start, due, height = row, row + manner.hold, current
        else:
            silent_until = max(silent_until, row + manner.linger)
        if start >= 0 and row == due:
            reported[due], peak, reported_at = height, height, due
            silent_until, start = due + manners[int(seasonal[start])].quiet, -1
        place += 1
        if start < 0:
            place, extended = stops.after(place)
            silent_until = max(silent_until, extended)
    if start >= 0 and due < len(reported):
        reported[due] = height
    return reported


class _Stops:
    """The rows that may break a silence: loud rows, and rows after a pause. All other rows only extend it."""

    def __init__(self, rows: Ints, heights: Floats, seasonal: Bools, manners: tuple[Manner, Manner]) -> None:
        least, pause = min(manner.least for manner in manners), min(manner.quiet for manner in manners)
        lingers = np.where(seasonal, manners[1].linger, manners[0].linger)
        loud = np.where(seasonal, *(manner.times * least + manner.plus for manner in manners[::-1]))
        stops = heights > loud
        stops[1:] |= np.diff(rows) >= np.minimum(lingers, pause)[:-1]
        self._silent_until: list[int] = (rows + lingers).tolist()
        self._same_linger = bool((lingers == lingers[0]).all())
        self._stops: list[int] = np.flatnonzero(stops).tolist()

    def after(self, place: int) -> tuple[int, int]:
        """Return the next such place from `place` on, and the row until which those before it extend the silence."""
        row = bisect_left(self._stops, place)
        until = self._stops[row] if row < len(self._stops) else len(self._silent_until)
        if until == place:
            return until, -1
        return until, self._silent_until[until - 1] if self._same_linger else max(self._silent_until[place:until])


class _RecentPeak:
    """The highest recent surprise, so that a peak that is long over does not hide new ones while its echo lasts."""

    def __init__(self, rows: Ints, heights: Floats) -> None:
        self._rows, self._heights = rows, heights
        self._forgotten = 0

    def highest(self, since: int, until: int) -> float:
        """Return the highest surprise from `since` to before `until`; rows before an earlier `since` stay forgotten."""
        first, last = self._rows.searchsorted([since, until]).tolist()
        self._forgotten = max(self._forgotten, first)
        return float(self._heights[self._forgotten : last].max(initial=0.0))
