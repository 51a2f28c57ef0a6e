"""Lines and bands of a chart as SVG paths, interrupted where values are unknown."""

from collections.abc import Iterable, Sequence

Place = tuple[float, float]
Run = list[Place]


def runs(places: Iterable[Place | None]) -> list[Run]:
    """Split places into runs without None."""
    all_runs: list[Run] = [[]]
    for place in places:
        if place is not None:
            all_runs[-1].append(place)
        elif all_runs[-1]:
            all_runs.append([])
    return [run for run in all_runs if run]


def line(point_runs: Sequence[Run]) -> str:
    """Return the path through each run. Single points are left out; they are drawn as dots."""
    return " ".join("M" + " L".join(_coordinates(place) for place in run) for run in point_runs if len(run) > 1)


def band(lower: Sequence[Place | None], upper: Sequence[Place | None], half_step: float) -> str:
    """Return the path around the area between two lines; the area of a single step is as wide as the step."""
    pairs = [None if low is None or high is None else (low, high) for low, high in zip(lower, upper, strict=True)]
    paths: list[str] = []
    for run in _pair_runs(pairs):
        lows, highs = [low for low, _ in run], [high for _, high in run]
        if len(run) == 1:
            lows, highs = _widened(lows[0], half_step), _widened(highs[0], half_step)
        paths.append("M" + " L".join(_coordinates(place) for place in [*highs, *reversed(lows)]) + " Z")
    return " ".join(paths)


def lone(point_runs: Sequence[Run]) -> list[Place]:
    """Return the points without neighbours, which no line shows."""
    return [run[0] for run in point_runs if len(run) == 1]


def _pair_runs(pairs: Sequence[tuple[Place, Place] | None]) -> list[list[tuple[Place, Place]]]:
    all_runs: list[list[tuple[Place, Place]]] = [[]]
    for pair in pairs:
        if pair is not None:
            all_runs[-1].append(pair)
        elif all_runs[-1]:
            all_runs.append([])
    return [run for run in all_runs if run]


def _widened(place: Place, half_step: float) -> list[Place]:
    return [(place[0] - half_step, place[1]), (place[0] + half_step, place[1])]


def _coordinates(place: Place) -> str:
    return f"{place[0]:.1f} {place[1]:.1f}"
