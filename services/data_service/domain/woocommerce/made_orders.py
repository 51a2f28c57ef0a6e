"""Orders by time of creation, whatever their status: reading some days, and finding deleted orders."""

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
    """Read the orders created in a time range; a stored order that is missing is looked for, and marked if deleted.

    The cursor moves with each page, so the read can yield between two pages and continue there.
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
    """The position within the orders of a time range; `seen` are those reported since `reached`."""

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
        """Look for stored orders created up to then that the shop did not report."""
        run = self.reading.run
        async with run.transaction() as connection:
            known = await statuses_of_made(connection, run.tenant_id, run.source.source_id, self.reached.moment, until)
        await find_missing(self.reading, {one: known[one] for one in known if one not in self.seen})


async def _place_of(reading: ShopReading, begin: datetime, end: datetime) -> _MadeWalk:
    """The stored position of this job, or of tonight's window, in the same range; else the range's beginning."""
    run = reading.run
    stream, of = ("made", str(run.today())) if run.days is None else (f"made.{run.job.job_id}", "")
    key = [begin.isoformat(), end.isoformat(), of]
    kept: dict[str, Any] = await run.position(stream) or {}
    reached = reached_of(kept) if kept.get("of") == key else None
    return _MadeWalk(reading, stream, key, reached or Reached(begin))


async def find_deleted(reading: ShopReading, begin: datetime, end: datetime, step: timedelta) -> None:
    """Find permanently deleted orders by comparing the shop's order counts with ours.

    If the shop has fewer orders in a range than are stored, the range is halved until it fits a page, which is read
    again; a range without deletions costs one call. Not every deletion is found at once: orders never read here hide
    as many deleted ones of the same range, and a night's calls are limited. The remaining ranges are stored, so this
    can yield and continue.
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
    """Compare a range; returns the halves still to be compared, and the number of calls made."""
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
    """How many orders of a range the shop has, without the trash."""
    # The API excludes both ends and compares whole seconds.
    window = {CREATED.after: asked_time(first - timedelta(seconds=1)), CREATED.before: asked_time(until)}
    page = await reading.shop.page("orders", **window, dates_are_gmt="true", status="any", per_page=1, _fields="id")
    return page.total
