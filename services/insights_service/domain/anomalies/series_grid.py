"""Define the time steps of series by the tenant's clock: a day of a clock change has 23 or 25 hourly steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.evidence.shapes import Grain

Stamps = NDArray[np.datetime64]

_HOUR = timedelta(hours=1)
# Grids are cached, as companies of one zone share them within an hour; a grid of hours takes 30 kB.
_GRIDS = 64


class Grid(NamedTuple):
    """The steps of one grain: their first instants in UTC and in the tenant's local time; shared, so never modified."""

    grain: Grain
    zone: ZoneInfo
    instants: Stamps
    local: Stamps

    def __len__(self) -> int:
        return len(self.instants)

    def begin(self, place: int) -> datetime:
        """Return the first instant of a step in the tenant's zone; the step after the last is allowed."""
        if self.grain == "day":
            first: date = self.local[0].astype("datetime64[D]").item()
            return midnight(first + timedelta(place), self.zone)
        first_hour: datetime = self.instants[0].item()
        return (first_hour.replace(tzinfo=UTC) + place * _HOUR).astimezone(self.zone)

    def place(self, moment: datetime) -> int:
        """Return how many whole steps are over at a moment."""
        if self.grain == "day":
            first: date = self.local[0].astype("datetime64[D]").item()
            return (moment.astimezone(self.zone).date() - first).days
        first_hour: datetime = self.instants[0].item()
        return (moment - first_hour.replace(tzinfo=UTC)) // _HOUR


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins in a zone; if the clock skips midnight, the first instant after it."""
    begin = datetime(day.year, day.month, day.day, tzinfo=zone)
    return begin.astimezone(UTC).astimezone(zone)


def hours_between(first: date, until: datetime, zone: ZoneInfo) -> Grid:
    """Return the whole hours from the midnight of `first` on that are over at `until`."""
    since = midnight(first, zone).astimezone(UTC)
    return _hours_from(since, max((until - since) // _HOUR, 0), zone)


@lru_cache(maxsize=_GRIDS)
def _hours_from(since: datetime, count: int, zone: ZoneInfo) -> Grid:
    moments = [since + step * _HOUR for step in range(count)]
    return Grid("hour", zone, _stamps(moments), _stamps([moment.astimezone(zone) for moment in moments]))


@lru_cache(maxsize=_GRIDS)
def days_between(first: date, until: date, zone: ZoneInfo) -> Grid:
    """Return the days from `first` to before `until`."""
    days = [first + timedelta(step) for step in range(max((until - first).days, 0))]
    local = np.array(days, dtype="datetime64[D]").astype("datetime64[s]")
    return Grid("day", zone, _stamps([midnight(day, zone).astimezone(UTC) for day in days]), local)


def laid_out(places: Sequence[int] | NDArray[np.int64], amounts: Sequence[float] | Floats, steps: int) -> Floats:
    """Return amounts at their places, (steps,), 0 elsewhere; places outside of the steps are ignored."""
    at, added = np.asarray(places, dtype=np.int64), np.asarray(amounts, dtype=np.float64)
    within = (at >= 0) & (at < steps)
    values = np.zeros(steps)
    # If a clock moves by half an hour, two rows may lie in one step.
    np.add.at(values, at[within], added[within])
    return values


def _stamps(moments: Sequence[datetime]) -> Stamps:
    return np.array([moment.replace(tzinfo=None) for moment in moments], dtype="datetime64[s]")
