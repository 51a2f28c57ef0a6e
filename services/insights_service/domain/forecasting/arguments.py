"""Check the arguments of forecasts and convert them to numbers; errors name the argument."""

from collections.abc import Sequence
from typing import SupportsFloat

import numpy as np
from numpy.typing import ArrayLike

from services.insights_service.domain.arrays import Floats
from services.insights_service.domain.detection.given import as_many, as_numbers


def one_history(values: ArrayLike | None, name: str = "values") -> Floats:
    """Convert a history to a flat array.

    Raises:
        ValueError: there are no numbers, or more than one dimension.
    """
    if values is None:
        return as_numbers(values, name)
    if not isinstance(values, np.ndarray):
        return as_numbers(_flat(values, name), name)
    if values.ndim != 1:
        message = f"{name} must be of one dimension; forecast_many takes a matrix"
        raise ValueError(message)
    return as_numbers(values, name)


def many_histories(series: Sequence[ArrayLike] | Floats) -> list[Floats]:
    """Convert each series of a list or matrix to a history."""
    return [one_history(values, "series") for values in as_many(series, "series")]


def one_each(so_far: ArrayLike, many: int) -> Floats:
    """Convert `so_far` to one finite number for each of `many` series.

    Raises:
        ValueError: it is anything else.
    """
    numbers = as_numbers(so_far, "so_far")
    if len(numbers) != many or not np.isfinite(numbers).all() or np.ndim(so_far) != 1:
        message = f"so_far must be one finite number for each series, {many} of them"
        raise ValueError(message)
    return numbers


def whole_steps(steps: SupportsFloat, name: str) -> int:
    """Convert to an integer of at least 1.

    Raises:
        ValueError: it is anything else; the message begins with `name`.
    """
    try:
        integer = int(float(steps))
    except (TypeError, ValueError, OverflowError):
        integer = 0
    if integer < 1 or integer != steps:
        message = f"{name} must be a whole number of steps, at least 1"
        raise ValueError(message)
    return integer


def percents(levels: Sequence[float]) -> tuple[float, ...]:
    """Convert levels to percents between 0 and 100, both excluded.

    Raises:
        ValueError: a level lies outside, or the levels are not a sequence.
    """
    numbers = as_numbers(levels, "levels")
    if not ((numbers > 0) & (numbers < 100)).all():  # noqa: PLR2004 - percent
        raise ValueError("levels must lie between 0 and 100 percent")
    if np.ndim(levels) != 1:
        raise ValueError("levels must be a sequence of percents")
    return tuple(numbers.tolist())


def _flat(values: ArrayLike, name: str) -> ArrayLike:
    try:
        dimensions = np.ndim(values)
    except ValueError:  # Rows of unequal length.
        return values
    if dimensions == 1:
        return values
    message = f"{name} must be of one dimension; forecast_many takes a matrix"
    raise ValueError(message)
