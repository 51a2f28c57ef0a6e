"""Budget advice in a simulation, where the truth is known; `make bench-insights` does it with 400 companies."""

from tests.bench.insights_advice import WORLDS, simulate


def test_at_most_one_in_twenty_recommendations_is_wrong() -> None:
    for world in WORLDS[:3]:
        told = simulate(world, 50, seed=2)
        assert told["pause"].advised > 150, world
        assert told["scale"].advised > 80, world
        assert max(advice.wrong_pct for advice in told.values()) <= 5, (world, told)
        assert max(advice.badly_wrong / advice.advised for advice in told.values()) <= 0.01, (world, told)
