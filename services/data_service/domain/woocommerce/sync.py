"""Reading a shop: what is due since the cursor, what its webhooks point at, and the days that are read again."""

from datetime import date, datetime, timedelta
from typing import Final

from services.data_service.domain.syncs.sync_run import SyncRun
from services.data_service.domain.woocommerce.customers import read_customers
from services.data_service.domain.woocommerce.hints import follow_hints, follow_unanswered, read_unfinished
from services.data_service.domain.woocommerce.made_orders import find_deleted, read_made
from services.data_service.domain.woocommerce.missing_orders import STATUSES
from services.data_service.domain.woocommerce.open_reading import opened
from services.data_service.domain.woocommerce.products import read_products
from services.data_service.domain.woocommerce.reading import ShopReading, read_until
from services.data_service.sources.woocommerce.walk import MODIFIED, Reached, from_time, reached_of

# A new source begins this far back; older orders are read by a backfill.
_FIRST_SYNC: Final = timedelta(days=30)
# When a clock is corrected, it was wrong by less than this.
_PUT_BACK: Final = timedelta(days=1)
_WINDOW: Final = "window"
_WINDOW_DAYS: Final = 3
# Before the window, permanently deleted orders are found by their number.
_DELETED: Final = timedelta(days=90)
_DELETED_STEP: Final = timedelta(days=30)


async def sync(run: SyncRun) -> None:
    """Read what `run` asks for.

    Raises:
        VendorError: the shop did not answer; what was read before is stored, and so is the cursor.
        ToBeContinued: there is more to read than one step has time for.
    """
    async with opened(run) as reading:
        if run.days is not None:
            first, last = run.days
            await read_made(reading, reading.midnight(first), reading.midnight(last + timedelta(days=1)))
            return
        for status in STATUSES:
            await _read_modified(reading, status)
        await read_customers(reading)
        await read_products(reading)
        if run.reads_window:
            await _read_window(reading)
        # Last, so that hints which arrived meanwhile are included.
        await follow_hints(reading)


async def _read_modified(reading: ShopReading, status: str) -> None:
    """Read orders modified since the cursor, which is on the shop's own clock."""
    stream = "orders" if status == "any" else f"orders.{status}"
    reached = reached_of(await reading.run.position(stream))
    since, cursor = reached or Reached(reading.run.began_at - _FIRST_SYNC), reached and reached.moment
    if not await _read_since(reading, status, stream, since, cursor):
        # The shop's clock was set back: what it modified since lies before the cursor.
        since = (reading.shop.time_told or reading.run.began_at) - _PUT_BACK
        await _read_since(reading, status, stream, Reached(since), None)


async def _read_since(reading: ShopReading, status: str, stream: str, since: Reached, cursor: datetime | None) -> bool:
    """Store orders modified since then; False if the shop's clock is behind the cursor."""
    has_read = False
    async with from_time(reading.shop, "orders", MODIFIED, since, aside=reading.aside, status=status) as pages:
        async for page, reached in pages:
            if has_read:
                reading.run.make_way()
            shop_time = page.shop_time or reached.moment
            if cursor and shop_time < cursor:
                return False
            await reading.commit_orders(page.records, move=(stream, read_until(reached, shop_time)))
            has_read = True
    # An empty answer gives the shop's time as well.
    return not (cursor and reading.shop.time_told and reading.shop.time_told < cursor)


async def _read_window(reading: ShopReading) -> None:
    """Read the last days again, each as a stored step; then find older deleted orders, and retry unfinished ones."""
    run = reading.run
    today = run.today()
    first = today - timedelta(days=_WINDOW_DAYS)
    position = await run.position(_WINDOW) or {}
    reached = position["next"] if position.get("night") == str(today) else str(first)
    while reached <= str(today):
        day = date.fromisoformat(reached)
        reached = str(day + timedelta(days=1))
        await read_made(reading, reading.midnight(day), reading.midnight(date.fromisoformat(reached)))
        await reading.note(_WINDOW, {"night": str(today), "next": reached})
        run.make_way()
    if not position.get("is_done") or position["night"] != str(today):
        end = reading.midnight(first)
        await find_deleted(reading, end - _DELETED, end, _DELETED_STEP)
        await read_unfinished(reading)
        await follow_unanswered(reading)
        await reading.note(_WINDOW, {"night": str(today), "next": reached, "is_done": True})
