"""Orders by when they were made, whatever they are now: those of some days, and those that are gone."""

from datetime import datetime, timedelta
from typing import Final

from services.data_service.domain.woocommerce.reading import ShopReading
from services.data_service.sources.woocommerce.shop import PER_PAGE
from services.data_service.sources.woocommerce.walk import CREATED, Reached, asked_time, from_time
from services.data_service.store.shop.shop_orders import count_listed, known_orders

# 'any' leaves the trash out.
STATUSES: Final = ("any", "trash")
# A shop throws away, after a day, what a checkout began and nobody ended: too many to ask for one by one.
_DRAFTS: Final = ("auto-draft", "checkout-draft")
_MOST_CALLS: Final = 50


async def read_made(reading: ShopReading, begin: datetime, end: datetime) -> None:
    """Orders made in a range of time; one that the shop has no more is noted as deleted."""
    seen: set[str] = set()
    for status in STATUSES:
        async with from_time(reading.shop, "orders", CREATED, Reached(begin), end, status=status) as pages:
            async for page, _ in pages:
                seen.update(str(record.get("id")) for record in page.records)
                await reading.commit_orders(page.records, is_thorough=True)
    run = reading.run
    async with run.transaction() as connection:
        known = await known_orders(connection, run.tenant_id, run.source.source_id, begin, end)
    missing = [order_id for order_id in known if order_id not in seen]
    if drafts := [order_id for order_id in missing if known[order_id] in _DRAFTS]:
        await reading.commit_deleted(drafts)
    await reading.look_for([order_id for order_id in missing if known[order_id] not in _DRAFTS])


async def find_deleted(reading: ShopReading, begin: datetime, end: datetime, step: timedelta) -> None:
    """Notice orders that are gone for good, by the number that the shop says it has.

    Where it has fewer of a step than are known, that is halved until it is a page's orders, which are read again. So
    it costs a call a step where nothing is gone. Not all is noticed at once: orders that were never read here hide as
    many of the same step, and a night has a bound.
    """
    run = reading.run
    ranges = [(begin + number * step, begin + (number + 1) * step) for number in range((end - begin) // step)]
    calls = 0
    while ranges and calls < _MOST_CALLS:
        first, until = ranges.pop()
        async with run.transaction() as connection:
            known, middle = await count_listed(connection, run.tenant_id, run.source.source_id, first, until)
        if not known:
            continue
        calls += 1
        if await _has(reading, first, until) >= known:
            continue
        if known <= PER_PAGE or middle is None or not first < middle < until:
            await read_made(reading, first, until)
        else:
            ranges += [(first, middle), (middle, until)]


async def _has(reading: ShopReading, first: datetime, until: datetime) -> int:
    """How many orders the shop has of a range, without the trash."""
    # (Both ends are left out, and it counts in seconds.)
    window = {CREATED.after: asked_time(first - timedelta(seconds=1)), CREATED.before: asked_time(until)}
    page = await reading.shop.page("orders", **window, dates_are_gmt="true", status="any", per_page=1)
    return page.total
