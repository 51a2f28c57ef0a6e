"""From a stream of surprise to alarms: an episode is told once, at its beginning, and again when it gets far worse."""

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

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
    high = np.minimum(surprise, _HIGHEST + np.log1p(np.maximum(surprise - _HIGHEST, 0.0)))
    told = np.zeros(len(surprise))
    lately = _Lately()
    silent_until, begun, due, height, peak, told_at = -1, -1, -1, 0.0, 0.0, 0
    for at in np.flatnonzero(high > np.where(seasonal, manners[1].least, manners[0].least)).tolist():
        now, manner = float(high[at]), manners[int(seasonal[at])]
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
        lately.add(at, now)
        if begun >= 0 and at == due:
            told[due], peak, told_at = height, height, due
            silent_until, begun = due + manners[int(seasonal[begun])].quiet, -1
    if begun >= 0 and due < len(told):
        told[due] = height
    return told


class _Lately:
    """How high it was of late: what is over for long hides nothing, even if its echo lasts."""

    def __init__(self) -> None:
        self._heights: deque[tuple[int, float]] = deque()

    def add(self, at: int, height: float) -> None:
        """Take a row's height."""
        self._heights.append((at, height))

    def highest(self, since: int, until: int) -> float:
        """Of the rows between."""
        while self._heights and self._heights[0][0] < since:
            self._heights.popleft()
        return max((height for at, height in self._heights if at < until), default=0.0)
