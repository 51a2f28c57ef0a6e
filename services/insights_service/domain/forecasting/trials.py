"""Candidates at the end of a history and at the origins before it, where the answer is known."""

from collections.abc import Callable

import numpy as np

from services.insights_service.domain.forecasting import Floats, candidates
from services.insights_service.domain.forecasting.autoregression import autoregressed
from services.insights_service.domain.forecasting.plans import Plan


def tried(past: Floats, plan: Plan, horizon: int, *, positive: bool) -> tuple[Floats, Floats, Floats]:
    """Of (n, steps): forecasts (n, candidates, horizon), trials (n, origins, candidates, horizon), and what came of
    them (n, origins, horizon)."""
    steps = past.shape[1]
    ends = plan.ends(steps, horizon)
    came = np.stack([past[:, end : end + horizon] for end in ends], axis=1) if ends else np.zeros((len(past), 0, horizon))
    shift = _shift(past) if positive else np.zeros(len(past))
    now = _of_windows(past, shift, plan, horizon, positive=positive)
    found = [each[:, None] for each in now]
    if ends:
        window = ends[0]
        windows = np.concatenate([past[:, None, end - window : end] for end in ends], axis=1)
        many = windows.reshape(-1, window)
        then = _of_windows(many, np.repeat(shift, len(ends)), plan, horizon, positive=positive)
        found = [
            np.concatenate([old.reshape(len(past), len(ends), horizon), new], axis=1)
            for old, new in zip(then, found, strict=True)
        ]
        found += _regressed(past, [*ends, steps], shift, plan, horizon, positive=positive)
    every = np.stack(found, axis=2)
    if positive:
        every = np.maximum(every, 0.0)
    return every[:, -1], every[:, :-1], came


def _shift(past: Floats) -> Floats:
    """What is added before a logarithm is taken: about one event for counts, little beside the mean."""
    level = past.mean(axis=1)
    smallest = np.where(past > 0, past, np.inf).min(axis=1)
    return np.where(level > 0, np.clip(smallest, 0.1 * level, np.maximum(level, 1e-300)), 1.0)


def _logged(past: Floats, shift: Floats) -> Floats:
    return np.log(past + shift[:, None])


def _raised(value: Floats, shift: Floats) -> Floats:
    extra = shift.reshape(-1, *([1] * (value.ndim - 1)))
    return np.exp(np.minimum(value, 300.0)) - extra


def _of_windows(past: Floats, shift: Floats, plan: Plan, horizon: int, *, positive: bool) -> list[Floats]:
    if plan.kind == "hours":
        return candidates.of_hours(past, plan, horizon, positive=positive)
    if plan.kind == "rare":
        return candidates.of_rare(past, plan, horizon)
    found: list[Floats] = []
    if plan.kind == "season":
        found += candidates.of_season(past, plan, horizon)
        if positive:
            found += [_raised(each, shift) for each in candidates.of_season(_logged(past, shift), plan, horizon)[1:]]
    elif plan.kind == "level":
        found += candidates.of_level(past, plan, horizon)
        if plan.long:
            on = _logged(past, shift) if positive else past
            years = candidates.of_years(on, horizon)
            found += [_raised(each, shift) for each in years] if positive else years
    return found


def _regressed(past: Floats, ends: list[int], shift: Floats, plan: Plan, horizon: int, *, positive: bool) -> list[Floats]:
    plain, logs, changes = candidates.regressions(plan, ends[0])
    on = _logged(past, shift) if positive else past
    back: Callable[[Floats], Floats] = (lambda value: _raised(value, shift)) if positive else (lambda value: value)
    found: list[Floats] = []
    if plain:
        found += autoregressed(past, ends, plain, horizon)
    if logs and positive:
        found += [back(each) for each in autoregressed(on, ends, logs, horizon)]
    if changes:
        last = np.stack([on[:, end - 1] for end in ends], axis=1)
        steps = autoregressed(np.diff(on, axis=1), [end - 1 for end in ends], changes, horizon)
        found += [back(last[:, :, None] + np.cumsum(each, axis=2)) for each in steps]
    return found
