"""Lines and bands of a chart as SVG paths, broken where nothing is known."""

from collections.abc import Iterable, Sequence

Place = tuple[float, float]
Run = list[Place]


def runs(places: Iterable[Place | None]) -> list[Run]:
    """Unbroken stretches; None breaks."""
    found: list[Run] = [[]]
    for place in places:
        if place is not None:
            found[-1].append(place)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def line(stretches: Sequence[Run]) -> str:
    """The path through each stretch; a single point is none (it is drawn as a dot)."""
    return " ".join("M" + " L".join(_written(place) for place in run) for run in stretches if len(run) > 1)


def band(lower: Sequence[Place | None], upper: Sequence[Place | None], half_step: float) -> str:
    """The area between two lines; a single pair becomes as wide as a step."""
    both = [None if low is None or high is None else (low, high) for low, high in zip(lower, upper, strict=True)]
    drawn: list[str] = []
    for run in _pair_runs(both):
        lows, highs = [low for low, _ in run], [high for _, high in run]
        if len(run) == 1:
            lows, highs = _widened(lows[0], half_step), _widened(highs[0], half_step)
        drawn.append("M" + " L".join(_written(place) for place in [*highs, *reversed(lows)]) + " Z")
    return " ".join(drawn)


def lone(stretches: Sequence[Run]) -> list[Place]:
    """Points without neighbours, that no line shows."""
    return [run[0] for run in stretches if len(run) == 1]


def _pair_runs(pairs: Sequence[tuple[Place, Place] | None]) -> list[list[tuple[Place, Place]]]:
    found: list[list[tuple[Place, Place]]] = [[]]
    for pair in pairs:
        if pair is not None:
            found[-1].append(pair)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def _widened(place: Place, half_step: float) -> list[Place]:
    return [(place[0] - half_step, place[1]), (place[0] + half_step, place[1])]


def _written(place: Place) -> str:
    return f"{place[0]:.1f} {place[1]:.1f}"
