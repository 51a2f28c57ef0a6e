"""Episodes of series that were looked at before: a look an hour later judges again only what has changed since.

They are kept by what they were found in, so that the same values have the same episodes; of days, that is every look of
a day unless rows came late. Nothing is lost with them but time.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.anomalies.series_grid import Grid

_MOST_BYTES: Final = 32_000_000
# Of what is kept of a look, and of an episode beside its arrays.
_LOOK_BYTES, _EPISODE_BYTES = 400, 800


_NO_SERIES: Final = JudgedSeries("", "", "", "", np.zeros(0))
_NO_GRID: Final = Grid("hour", ZoneInfo("UTC"), np.zeros(0, dtype="datetime64[s]"), np.zeros(0, dtype="datetime64[s]"))


class _Kept(NamedTuple):
    """An episode without its series and grid, and the place of its series among those that were looked at."""

    place: int
    episode: Episode


class Remembered:
    """The episodes of the latest looks, within some memory; several threads may ask at once."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self.size = 0
        self._most = most_bytes
        self._looks = OrderedDict[bytes, list[_Kept]]()
        self._lock = Lock()

    def find_anomalies(self, series: Sequence[JudgedSeries], grid: Grid, least: float) -> list[Episode]:
        """As the function of this name, which is asked where it has not been asked the same lately."""
        # (with it comes scipy)
        from services.insights_service.domain.anomalies.find_anomalies import find_anomalies  # noqa: PLC0415

        key = _digest(series, grid, least)
        with self._lock:
            known = self._looks.get(key)
            if known is not None:
                self._looks.move_to_end(key)
                return [replace(one.episode, series=series[one.place], grid=grid) for one in known]
        found = find_anomalies(series, grid, least)
        self._keep(key, _without_series(found, series))
        return found

    def _keep(self, key: bytes, found: list[_Kept]) -> None:
        with self._lock:
            self.size += _size(found) - (_size(self._looks.pop(key)) if key in self._looks else 0)
            self._looks[key] = found
            while self.size > self._most:
                self.size -= _size(self._looks.popitem(last=False)[1])


def _digest(series: Sequence[JudgedSeries], grid: Grid, least: float) -> bytes:
    """Of all that episodes come from: steps at the end of which nothing is known say nothing."""
    until = max((one.known_until for one in series), default=0)
    digest = hashlib.blake2b(repr((grid.grain, least, until, [one.key for one in series])).encode(), digest_size=16)
    digest.update(grid.local[:until].tobytes())
    for one in series:
        digest.update(one.values[:until].tobytes())
    return digest.digest()


def _without_series(found: Sequence[Episode], series: Sequence[JudgedSeries]) -> list[_Kept]:
    places = {id(one): place for place, one in enumerate(series)}
    return [_Kept(places[id(one.series)], _detached(one)) for one in found]


def _detached(one: Episode) -> Episode:
    """Without series and grid, and with copies of its arrays, which are views of larger ones."""
    arrays = {"expected": one.expected.copy(), "low": one.low.copy(), "high": one.high.copy()}
    return replace(one, series=_NO_SERIES, grid=_NO_GRID, **arrays)


def _size(found: Sequence[_Kept]) -> int:
    return _LOOK_BYTES + sum(_EPISODE_BYTES + 3 * one.episode.expected.nbytes for one in found)
