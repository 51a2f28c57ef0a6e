"""What callers hand over, as arrays: whatever is no number or no moment becomes unknown instead of an error."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Moments = NDArray[np.datetime64]

_UNKNOWN = np.datetime64("NaT", "s")


def as_numbers(values: ArrayLike) -> Floats:
    """The values in one row, NaN where something is no real number."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiub":
        return values.astype(np.float64, copy=False).ravel()
    try:
        return np.array([_number(one) for one in cast("Iterable[object]", np.ravel(values).tolist())], dtype=np.float64)
    except (TypeError, ValueError):  # rows of unequal length
        return np.array([_number(one) for one in cast("Iterable[object]", values)], dtype=np.float64)


def as_moments(timestamps: ArrayLike) -> Moments:
    """The timestamps to the second: aware ones by UTC, numbers as seconds since 1970, NaT for anything else."""
    stamps = np.ravel(np.asarray(timestamps))
    if stamps.dtype.kind == "M":
        return stamps.astype("datetime64[s]")
    if stamps.dtype.kind in "iuf":
        good = np.isfinite(stamps) & (np.abs(stamps.astype(np.float64)) < 2.0**62)
        return np.where(good, np.where(good, stamps, 0).astype(np.int64).astype("datetime64[s]"), _UNKNOWN)
    return np.array([_moment(one) for one in cast("Iterable[object]", stamps.tolist())], dtype="datetime64[s]")


def _number(one: object) -> float:
    try:
        return float(cast("float", one))
    except (TypeError, ValueError, OverflowError):
        return np.nan


def _moment(one: object) -> np.datetime64:
    try:
        if isinstance(one, str):
            one = datetime.fromisoformat(one)
        if isinstance(one, datetime):
            one = one.astimezone(UTC).replace(tzinfo=None) if one.tzinfo else one
            return np.datetime64(one.replace(microsecond=0), "s")
        if isinstance(one, date):
            return np.datetime64(one, "s")
    except (ValueError, OverflowError):
        return _UNKNOWN
    return _UNKNOWN
