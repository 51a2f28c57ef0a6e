"""Cache the episodes of recent looks, so that the next look judges only what has changed.

The key is a digest of all that the episodes depend on, so equal values have equal episodes. Daily series stay the same
for all looks of a day unless rows arrive late. Losing the cache costs only time.
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
# Estimated memory of a cached look, and of an episode without its arrays.
_LOOK_BYTES, _EPISODE_BYTES = 400, 800


_NO_SERIES: Final = JudgedSeries("", "", "", "", np.zeros(0))
_NO_GRID: Final = Grid("hour", ZoneInfo("UTC"), np.zeros(0, dtype="datetime64[s]"), np.zeros(0, dtype="datetime64[s]"))


class _CachedEpisode(NamedTuple):
    """An episode without its series and grid, and the index of its series among those of the look."""

    place: int
    episode: Episode


class Remembered:
    """A thread-safe LRU cache of the episodes of looks, bounded by memory."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self.size = 0
        self._max_bytes = most_bytes
        self._looks = OrderedDict[bytes, list[_CachedEpisode]]()
        self._lock = Lock()

    def find_anomalies(self, series: Sequence[JudgedSeries], grid: Grid, least: float) -> list[Episode]:
        """Return what the function of this name returns, which is called only if the result is not cached."""
        # This import loads scipy, which is slow.
        from services.insights_service.domain.anomalies.find_anomalies import find_anomalies  # noqa: PLC0415

        key = _digest(series, grid, least)
        with self._lock:
            known = self._looks.get(key)
            if known is not None:
                self._looks.move_to_end(key)
                return [replace(one.episode, series=series[one.place], grid=grid) for one in known]
        found = find_anomalies(series, grid, least)
        self._store(key, _without_series(found, series))
        return found

    def _store(self, key: bytes, found: list[_CachedEpisode]) -> None:
        with self._lock:
            self.size += _size(found) - (_size(self._looks.pop(key)) if key in self._looks else 0)
            self._looks[key] = found
            while self.size > self._max_bytes:
                self.size -= _size(self._looks.popitem(last=False)[1])


def _digest(series: Sequence[JudgedSeries], grid: Grid, least: float) -> bytes:
    """Hash everything that episodes depend on; unknown steps at the end do not matter."""
    until = max((one.known_until for one in series), default=0)
    digest = hashlib.blake2b(repr((grid.grain, least, until, [one.key for one in series])).encode(), digest_size=16)
    digest.update(grid.local[:until].tobytes())
    for one in series:
        digest.update(one.values[:until].tobytes())
    return digest.digest()


def _without_series(found: Sequence[Episode], series: Sequence[JudgedSeries]) -> list[_CachedEpisode]:
    places = {id(one): place for place, one in enumerate(series)}
    return [_CachedEpisode(places[id(one.series)], _detached(one)) for one in found]


def _detached(one: Episode) -> Episode:
    """Return the episode without series and grid, and with copies of its arrays, which are views of larger ones."""
    arrays = {"expected": one.expected.copy(), "low": one.low.copy(), "high": one.high.copy()}
    return replace(one, series=_NO_SERIES, grid=_NO_GRID, **arrays)


def _size(found: Sequence[_CachedEpisode]) -> int:
    return _LOOK_BYTES + sum(_EPISODE_BYTES + 3 * one.episode.expected.nbytes for one in found)
