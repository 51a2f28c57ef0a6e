"""Weeks of complete looks at a simulated company; `make bench-insights` simulates half a year of many companies."""

import pytest

from common.testing.cluster import MigratedDatabase
from tests.bench.insights_half_year import add_company, live, simulated, told
from tests.bench.made_half_year import World

WEEKS = 6
# Daily looks take a tenth of the time of hourly ones.
EVENTFUL = World(
    "small and eventful",
    200,
    incidents_a_week=60,
    history_days=60,
    channels=3,
    branches=16,
    campaigns=4,
    has_hours=False,
)


@pytest.mark.asyncio(loop_scope="module")
async def test_if_enough_happens_as_many_alerts_are_reported_as_wanted(database: MigratedDatabase) -> None:
    async with simulated(database) as (context, writer, time):
        tenants = [await add_company(database, writer, EVENTFUL, WEEKS, budget) for budget in (2, 1000)]
        await live(context, time, tenants, 24, WEEKS)
        (few, found), (all_of_them, as_many) = [await told(writer, tenant_id) for tenant_id in tenants]
    assert as_many >= all_of_them > 1.5 * few
    assert as_many > found >= few
    assert 0.7 <= few / WEEKS / 2 <= 1.3
