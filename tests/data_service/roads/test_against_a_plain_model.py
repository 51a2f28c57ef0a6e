"""The rows that stand after any history, against a model that knows nothing but the definition."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

import pytest

from services.data_service.store.events.tenant_day import tenant_day
from tests.data_service.roads.road_tenants import CHICAGO, DATA_API, EXPORT, HITS, ORDERS, POSTED, Hit, Roads

pytestmark = pytest.mark.asyncio(loop_scope="module")
# With the night of 23 hours in its midst.
DAYS = [date(2024, 3, 8) + timedelta(days=number) for number in range(5)]
ROADS = (EXPORT, DATA_API, DATA_API, HITS, HITS, HITS, POSTED, ORDERS)


@dataclass
class Model:
    """Rows by day and road, as sets; a day's owner is the best shared road that ever had a row of it."""

    rows: dict[tuple[date, int], set[Hit]] = field(default_factory=dict[tuple[date, int], set[Hit]])
    owner: dict[date, int] = field(default_factory=dict[date, int])

    def bring(self, road: int, hits: list[Hit]) -> None:
        """A batch arrives."""
        for hit in hits:
            day = hit.at.astimezone(CHICAGO).date()
            if road <= HITS:
                self.owner[day] = min(road, self.owner.get(day, road))
                for worse in range(self.owner[day] + 1, HITS + 1):
                    self.rows.pop((day, worse), None)
                if self.owner[day] != road:
                    continue
            self.rows.setdefault((day, road), set()).add(hit)

    def reread(self, day: date, hits: list[Hit]) -> None:
        """The Data API tells all of a day."""
        self.rows.pop((day, DATA_API), None)
        self.bring(DATA_API, hits)

    def stored(self) -> set[tuple[int, str, datetime]]:
        """As the database tells it."""
        return {
            (road, hit.staged(road).user_pseudo_id, hit.at) for (_, road), hits in self.rows.items() for hit in hits
        }


def _some_hits(chance: Random, days: list[date]) -> list[Hit]:
    hits: list[Hit] = []
    for _ in range(chance.randint(1, 6)):
        day = tenant_day(chance.choice(days), CHICAGO)
        seconds = (day.ends_at - day.starts_at).total_seconds()
        # Edges of days come up often; few numbers, so that the same hit comes again.
        second = chance.choice((0, seconds - 1, chance.randrange(int(seconds) // 3600) * 3600))
        hits.append(Hit(day.starts_at + timedelta(seconds=second), chance.randint(1, 2)))
    return hits


@pytest.mark.parametrize("seed", range(3))
async def test_every_history_ends_as_the_definition_says(roads: Roads, seed: int):
    chance = Random(seed)
    tenants = {await roads.tenant(): Model() for _ in range(2)}
    for _ in range(60):
        tenant_id, model = chance.choice(list(tenants.items()))
        road = chance.choice(ROADS)
        if road == DATA_API and chance.random() < 0.5:
            day = chance.choice(DAYS)
            hits = _some_hits(chance, [day]) if chance.random() < 0.8 else []
            await roads.reread(tenant_id, day, *hits)
            model.reread(day, hits)
        else:
            hits = _some_hits(chance, DAYS)
            await roads.bring(tenant_id, road, *hits)
            model.bring(road, hits)
        assert await roads.stored(tenant_id) == model.stored()
    for tenant_id, model in tenants.items():
        assert await roads.owners(tenant_id) == sorted(model.owner.items())
