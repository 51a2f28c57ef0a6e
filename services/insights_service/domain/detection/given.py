"""Convert the arguments of callers to arrays. Invalid elements become NaN or NaT, unless all are invalid."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from services.insights_service.domain.arrays import Floats

Moments = NDArray[np.datetime64]

_UNKNOWN = np.datetime64("NaT", "s")
_FURTHEST = 2.0**62  # Seconds since 1970.


def as_many(series: object, name: str) -> list[ArrayLike]:
    """Return the arrays of a list, or the rows of a matrix.

    Raises:
        ValueError: `series` is neither.
    """
    if isinstance(series, Iterable) and not isinstance(series, (str, bytes)):
        with suppress(TypeError):  # An array of no dimension.
            return list(cast("Iterable[ArrayLike]", series))
    message = f"{name} must be a list of arrays, or a matrix"
    raise ValueError(message)


def as_numbers(values: ArrayLike | None, name: str = "values") -> Floats:
    """Return the values as a flat array of floats, NaN for elements that are not real numbers.

    Raises:
        ValueError: no element is a number or a gap (None, NaN); the message begins with `name`.
    """
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(object), None)
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiub":
        return values.astype(np.float64, copy=False).ravel()
    read = [_number(one) for one in _each(values, name)]
    if read and all(one is None for one in read):
        message = f"{name} must be numbers, in one row: not one of them is"
        raise ValueError(message)
    return np.array([np.nan if one is None else one for one in read], dtype=np.float64)


def as_moments(timestamps: ArrayLike | None) -> Moments:
    """Return the timestamps as a flat array, to the second, NaT for elements that are not times.

    Aware times are converted to UTC; numbers are seconds since 1970.

    Raises:
        ValueError: no element is a time or a gap (None, NaT).
    """
    if isinstance(timestamps, np.ndarray) and timestamps.dtype.kind == "M":
        return timestamps.astype("datetime64[s]").ravel()
    if isinstance(timestamps, np.ndarray) and timestamps.dtype.kind in "iuf":
        good = np.isfinite(timestamps) & (np.abs(timestamps.astype(np.float64)) < _FURTHEST)
        whole = np.where(good, timestamps, 0).astype(np.int64).astype("datetime64[s]")
        return np.where(good, whole, _UNKNOWN).ravel()
    given = _each(timestamps, "timestamps")
    read = [_moment(one) for one in given]
    if read and all(one is None for one in read):
        raise ValueError("timestamps must be moments, in one row: not one of them is")
    return np.array([_UNKNOWN if one is None else one for one in read], dtype="datetime64[s]")


def as_dates(expected: ArrayLike) -> NDArray[np.datetime64]:
    """Convert to days.

    Raises:
        ValueError: an element is not a date.
    """
    try:
        return np.asarray(expected, dtype="datetime64[D]")
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("expected must be dates") from error


def _each(values: ArrayLike | None, name: str) -> list[object]:
    if values is None:
        message = f"{name} must not be None"
        raise ValueError(message)
    try:
        return cast("list[object]", np.ravel(np.asarray(values, dtype=object)).tolist())
    except ValueError:  # Rows of unequal length.
        return list(cast("Iterable[object]", values))


def _number(one: object) -> float | None:
    """Return the number, NaN for a gap, or None if it is not a number."""
    if one is None:
        return np.nan
    try:
        return float(cast("float", one))
    except (TypeError, ValueError):
        return None
    except OverflowError:
        return np.nan


def _moment(one: object) -> np.datetime64 | None:
    """Return the time to the second, NaT for a gap, or None if it is not a time."""
    try:
        if isinstance(one, str):
            one = datetime.fromisoformat(one)
        if isinstance(one, datetime) and one.tzinfo:
            one = one.astimezone(UTC).replace(tzinfo=None)
        if isinstance(one, (int, float, np.number)):
            one = int(one) if abs(float(one)) < _FURTHEST else None
        if one is None or isinstance(one, (date, int, np.datetime64)):
            return cast("np.datetime64", np.array(_UNKNOWN if one is None else one).astype("datetime64[s]")[()])
    except (ValueError, OverflowError):
        pass
    return None
