"""Reading a shop: what is due since the cursor, what its webhooks point at, and the days that are read again."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from services.data_service.domain.sync_run import SyncRun
from services.data_service.domain.woocommerce.customers import read_customers
from services.data_service.domain.woocommerce.hints import follow_hints
from services.data_service.domain.woocommerce.products import read_products
from services.data_service.domain.woocommerce.reading import Move, ShopReading, opened
from services.data_service.sources.woocommerce.walk import CREATED, MODIFIED, from_time, time_of
from services.data_service.store.shop_orders import known_orders

# The shop stamps an order before it has written it, and its servers' clocks differ.
_OVERLAP: Final = timedelta(minutes=5)
# A new source begins so far back; what is older is a backfill's.
_FIRST_SYNC: Final = timedelta(days=30)
# A clock that is set right was wrong by less than that.
_PUT_BACK: Final = timedelta(days=1)
_WINDOW_DAYS: Final = 3
# 'any' leaves the trash out.
_STATUSES: Final = ("any", "trash")


async def sync(run: SyncRun) -> None:
    """Read what `run` asks for.

    Raises:
        VendorError: the shop did not answer; what was read before that stays, and the cursor with it.
    """
    async with opened(run) as reading:
        if run.days is not None:
            await _read_created(reading, *run.days)
            return
        for status in _STATUSES:
            await _read_modified(reading, status)
        await read_customers(reading)
        await read_products(reading)
        if run.reads_window:
            today = run.today()
            await _read_created(reading, today - timedelta(days=_WINDOW_DAYS), today)
        # Last, so that what came meanwhile is looked at too.
        await follow_hints(reading)


async def _read_modified(reading: ShopReading, status: str) -> None:
    """Orders that were modified since the cursor, which is on the shop's own clock."""
    stream = "orders" if status == "any" else f"orders.{status}"
    position = await reading.run.position(stream)
    cursor = (time_of(position["modified"]) if position else None) or reading.run.began_at - _FIRST_SYNC
    if not await _read_since(reading, status, stream, cursor - _OVERLAP, cursor if position else None):
        # The shop's clock was put back: what it stamped since then lies before the cursor.
        since = (reading.shop_time or cursor) - _PUT_BACK
        await _read_since(reading, status, stream, since, None)


async def _read_since(reading: ShopReading, status: str, stream: str, since: datetime, cursor: datetime | None) -> bool:
    """Take in what was modified since then; False where the shop has an earlier time than the cursor."""
    async with from_time(reading.shop, "orders", MODIFIED, since, status=status) as pages:
        async for page, last in pages:
            reading.shop_time = page.shop_time or last
            if cursor and reading.shop_time < cursor:
                return False
            await reading.commit_orders(page.records, move=_to(stream, last, reading.shop_time))
    return True


def _to(stream: str, last: datetime, shop_time: datetime) -> Move:
    """No further than the shop's time: an order may be stamped ahead of it, and the next one will not be."""
    return stream, {"modified": min(last, shop_time).isoformat()}


async def _read_created(reading: ShopReading, first: date, last: date) -> None:
    """Orders made on the tenant's days, whatever they are now; one that the shop has no more is noted as deleted."""
    begin, end = (_midnight(day, reading) for day in (first, last + timedelta(days=1)))
    seen: set[str] = set()
    for status in _STATUSES:
        async with from_time(reading.shop, "orders", CREATED, begin, end, status=status) as pages:
            async for page, _ in pages:
                seen.update(str(record.get("id")) for record in page.records)
                await reading.commit_orders(page.records)
    async with reading.run.transaction() as connection:
        run = reading.run
        known = await known_orders(connection, run.tenant_id, run.source.source_id, begin, end)
    await reading.look_for([order_id for order_id in known if order_id not in seen])


def _midnight(day: date, reading: ShopReading) -> datetime:
    return datetime.combine(day, time(), reading.run.tenant.zone).astimezone(UTC)
