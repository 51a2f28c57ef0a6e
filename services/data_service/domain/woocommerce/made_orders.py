"""Orders by when they were made, whatever they are now: those of some days, and those that are gone."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from services.data_service.domain.woocommerce.missing_orders import find_missing
from services.data_service.domain.woocommerce.reading import ShopReading
from services.data_service.sources.woocommerce.shop import PER_PAGE, ShopPage
from services.data_service.sources.woocommerce.walk import (
    CREATED,
    Reached,
    asked_time,
    from_time,
    position_of,
    reached_of,
)
from services.data_service.store.shop.shop_orders import count_listed, statuses_of_made

_MOST_CALLS: Final = 50
_DELETED: Final = "deleted"
_Range = tuple[datetime, datetime]


async def read_made(reading: ShopReading, begin: datetime, end: datetime) -> None:
    """Orders made in a range of time; one that is not among them is looked for, and noted as deleted where it is gone.

    How far it is stands with each page, so that it makes way between two, and goes on there.
    """
    walk = await _place_of(reading, begin, end)
    has_read = False
    shop, aside = reading.shop, reading.aside
    async with from_time(shop, "orders", CREATED, walk.reached, end, aside=aside, status="any") as pages:
        async for page, reached in pages:
            if has_read:
                reading.run.make_way()
            await walk.take(page, reached)
            has_read = True
    await walk.look_back(end)
    await reading.note(walk.stream, {})


@dataclass
class _MadeWalk:
    """Where in the orders of a range of time a reading is; `seen` are those told since `reached`."""

    reading: ShopReading
    stream: str
    key: list[str]
    reached: Reached
    seen: set[str] = field(default_factory=set[str])

    async def take(self, page: ShopPage, reached: Reached) -> None:
        ids = {str(record.get("id")) for record in page.records}
        self.seen |= ids
        if reached.moment > self.reached.moment:
            await self.look_back(reached.moment)
            self.seen = ids
        self.reached = reached
        position = {"of": self.key, **position_of(reached)}
        await self.reading.commit_orders(page.records, (self.stream, position), is_thorough=True)

    async def look_back(self, until: datetime) -> None:
        """Look for orders that are known to have been made up to then, and were not told."""
        run = self.reading.run
        async with run.transaction() as connection:
            known = await statuses_of_made(connection, run.tenant_id, run.source.source_id, self.reached.moment, until)
        await find_missing(self.reading, {one: known[one] for one in known if one not in self.seen})


async def _place_of(reading: ShopReading, begin: datetime, end: datetime) -> _MadeWalk:
    """Where this job, or tonight's window, was in the same range, else its beginning."""
    run = reading.run
    stream, of = ("made", str(run.today())) if run.days is None else (f"made.{run.job.job_id}", "")
    key = [begin.isoformat(), end.isoformat(), of]
    kept: dict[str, Any] = await run.position(stream) or {}
    reached = reached_of(kept) if kept.get("of") == key else None
    return _MadeWalk(reading, stream, key, reached or Reached(begin))


async def find_deleted(reading: ShopReading, begin: datetime, end: datetime, step: timedelta) -> None:
    """Notice orders that are gone for good, by the number that the shop says it has.

    Where it has fewer of a step than are known, that is halved until it is a page's orders, which are read again. So
    it costs a call a step where nothing is gone. Not all is noticed at once: orders that were never read here hide as
    many of the same step, and a night has a bound. Which ranges are left is kept, so that this too makes way.
    """
    run = reading.run
    night = str(run.today())
    kept: dict[str, Any] = await run.position(_DELETED) or {}
    if kept.get("night") != night:
        count = (end - begin) // step
        kept = {"calls": 0, "ranges": [[str(begin + n * step), str(begin + (n + 1) * step)] for n in range(count)]}
    ranges = [(datetime.fromisoformat(first), datetime.fromisoformat(until)) for first, until in kept["ranges"]]
    calls = kept["calls"]
    while ranges and calls < _MOST_CALLS:
        halves, called = await _compare(reading, *ranges[-1])
        ranges, calls = [*ranges[:-1], *halves], calls + called
        if not called:
            continue
        left = [[str(first), str(until)] for first, until in ranges]
        await reading.note(_DELETED, {"night": night, "calls": calls, "ranges": left})
        run.make_way()


async def _compare(reading: ShopReading, first: datetime, until: datetime) -> tuple[list[_Range], int]:
    """Look whether orders of a range are gone; gives the halves that are still to be looked at, and the calls."""
    run = reading.run
    async with run.transaction() as connection:
        known, middle = await count_listed(connection, run.tenant_id, run.source.source_id, first, until)
    if not known:
        return [], 0
    if await _has(reading, first, until) >= known:
        return [], 1
    if known <= PER_PAGE or middle is None or not first < middle < until:
        await read_made(reading, first, until)
        return [], 1
    return [(first, middle), (middle, until)], 1


async def _has(reading: ShopReading, first: datetime, until: datetime) -> int:
    """How many orders the shop has of a range, without the trash."""
    # (Both ends are left out, and it counts in seconds.)
    window = {CREATED.after: asked_time(first - timedelta(seconds=1)), CREATED.before: asked_time(until)}
    page = await reading.shop.page("orders", **window, dates_are_gmt="true", status="any", per_page=1, _fields="id")
    return page.total
