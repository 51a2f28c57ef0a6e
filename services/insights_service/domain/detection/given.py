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
_FURTHEST_SECOND = 2.0**62  # Seconds since 1970.


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
    converted = [_number(element) for element in _elements(values, name)]
    if converted and all(element is None for element in converted):
        message = f"{name} must be numbers, in one row: not one of them is"
        raise ValueError(message)
    return np.array([np.nan if element is None else element for element in converted], dtype=np.float64)


def as_moments(timestamps: ArrayLike | None) -> Moments:
    """Return the timestamps as a flat array, to the second, NaT for elements that are not times.

    Aware times are converted to UTC; numbers are seconds since 1970.

    Raises:
        ValueError: no element is a time or a gap (None, NaT).
    """
    if isinstance(timestamps, np.ndarray) and timestamps.dtype.kind == "M":
        return timestamps.astype("datetime64[s]").ravel()
    if isinstance(timestamps, np.ndarray) and timestamps.dtype.kind in "iuf":
        valid = np.isfinite(timestamps) & (np.abs(timestamps.astype(np.float64)) < _FURTHEST_SECOND)
        moments = np.where(valid, timestamps, 0).astype(np.int64).astype("datetime64[s]")
        return np.where(valid, moments, _UNKNOWN).ravel()
    given = _elements(timestamps, "timestamps")
    converted = [_moment(element) for element in given]
    if converted and all(element is None for element in converted):
        raise ValueError("timestamps must be moments, in one row: not one of them is")
    return np.array([_UNKNOWN if element is None else element for element in converted], dtype="datetime64[s]")


def as_dates(expected: ArrayLike) -> NDArray[np.datetime64]:
    """Convert to days.

    Raises:
        ValueError: an element is not a date.
    """
    try:
        return np.asarray(expected, dtype="datetime64[D]")
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("expected must be dates") from error


def _elements(values: ArrayLike | None, name: str) -> list[object]:
    if values is None:
        message = f"{name} must not be None"
        raise ValueError(message)
    try:
        return cast("list[object]", np.ravel(np.asarray(values, dtype=object)).tolist())
    except ValueError:  # Rows of unequal length.
        return list(cast("Iterable[object]", values))


def _number(element: object) -> float | None:
    """Return the number, NaN for a gap, or None if it is not a number."""
    if element is None:
        return np.nan
    try:
        return float(cast("float", element))
    except (TypeError, ValueError):
        return None
    except OverflowError:
        return np.nan


def _moment(element: object) -> np.datetime64 | None:
    """Return the time to the second, NaT for a gap, or None if it is not a time."""
    try:
        if isinstance(element, str):
            element = datetime.fromisoformat(element)
        if isinstance(element, datetime) and element.tzinfo:
            element = element.astimezone(UTC).replace(tzinfo=None)
        if isinstance(element, (int, float, np.number)):
            element = int(element) if abs(float(element)) < _FURTHEST_SECOND else None
        if element is None or isinstance(element, (date, int, np.datetime64)):
            return cast("np.datetime64", np.array(_UNKNOWN if element is None else element).astype("datetime64[s]")[()])
    except (ValueError, OverflowError):
        pass
    return None
