"""Google's clock and ours need not say the same: around each midnight everything is read all the same."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from tests.data_service.ga4.property import FIRST, ZONE, Property

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Of each day.
HITS = ("00:01", "12:00", "21:55", "23:59")
# Days after the first midnight, hours, and whether it reads again what Google restates: two around that midnight, then
# each time nothing for a day.
SYNCS = ((0, -0.05, False), (0, 0.05, False), (1, 0.05, False), (2, 3.0, True), (3, 0.05, False))


def at(day: date, hours: float) -> datetime:
    """So many hours after a day began."""
    return datetime.combine(day, time(), ZONE) + timedelta(hours=hours)


def day_after(days: int) -> date:
    """So many days after the one whose midnight the first two syncs lie around."""
    return FIRST + timedelta(days=days)


async def stored(shop: Property) -> Counter[datetime]:
    """When what is stored happened."""
    rows: Any = await shop.fetch("select event_ts from data.page_view where tenant_id = $1")
    return Counter(ts.astimezone(ZONE) for (ts,) in rows)


async def sessions(shop: Property) -> dict[date, int]:
    """The sessions of each day."""
    rows: Any = await shop.fetch("select day, sum(sessions)::int from data.channel_day where tenant_id = $1 group by 1")
    return dict(rows)


def happened(by: datetime, days: range) -> Counter[datetime]:
    """What there is of some days by then."""
    hits = (datetime.fromisoformat(f"{day_after(number)} {hit}") for number in days for hit in HITS)
    return Counter(hit.replace(tzinfo=ZONE) for hit in hits if hit.replace(tzinfo=ZONE) <= by)


@pytest.mark.parametrize("hours", [0.1, 20, -0.1, -20])
async def test_everything_that_google_has_by_its_own_clock_is_read(shop: Property, hours: float) -> None:
    for number in range(-3, 5):
        for hit in HITS:
            for name in ("page_view", "session_start"):
                shop.happens(day_after(number), hit, name)
    for number, hour, is_night in SYNCS:
        ours = at(day_after(number), hour)
        theirs = ours + timedelta(hours=hours)
        shop.held.clock = lambda theirs=theirs: theirs
        await shop.run(began_at=ours, reads_window=is_night)
        # (the first sync begins with its yesterday; what has not begun here is not asked for)
        days = range(-2, number + (hour > 0))
        assert await stored(shop) == happened(theirs, days), (number, hour)
        told = Counter(hit.date() for hit in happened(theirs, days).elements())
        assert await sessions(shop) == told
