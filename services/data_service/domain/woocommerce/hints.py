"""Reading what webhooks pointed at: each object is requested by its id, whatever its times are."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any, Final

from common.db import Connection
from services.data_service.domain.woocommerce.asked_alone import ask_alone, by_ids
from services.data_service.domain.woocommerce.customers import take_customers
from services.data_service.domain.woocommerce.missing_orders import find_listed
from services.data_service.domain.woocommerce.products import take_products
from services.data_service.domain.woocommerce.reading import ShopReading
from services.data_service.sources.woocommerce.shop import PER_PAGE
from services.data_service.store.events.tenant_day import tenant_day
from services.data_service.store.shop.shop_orders import unfinished_orders
from services.data_service.store.shop.webhook_deliveries import (
    Hint,
    count_unanswered,
    mark_looked_at,
    unanswered_hints,
    waiting_hints,
)

_UNFINISHED: Final = "orders.unfinished"
_PAGES_A_NIGHT: Final = 5
# Ids that are done, and whether the shop answered.
_Answers = AsyncGenerator[tuple[Sequence[str], bool]]
_Take = Callable[[ShopReading, list[dict[str, Any]]], Awaitable[None]]


async def follow_hints(reading: ShopReading) -> None:
    """Read everything that waits, a hundred at a time.

    A webhook is only a hint that something changed: it may come late, twice, out of order or never. Objects that the
    shop does not answer for are flagged and left for the nightly run.
    """
    run = reading.run
    while True:
        async with run.transaction() as connection:
            hints = await waiting_hints(connection, run.tenant_id, run.source.source_id, PER_PAGE)
        await _follow(reading, hints, run.make_way)
        if len(hints) < PER_PAGE:
            return
        run.make_way()


async def follow_unanswered(reading: ShopReading) -> None:
    """Request unanswered hints again, a hundred a night."""
    run = reading.run
    async with run.transaction() as connection:
        hints = await unanswered_hints(connection, run.tenant_id, run.source.source_id, PER_PAGE)
    # Objects that fail again are no progress.
    await _follow(reading, hints, lambda: None)


async def _follow(reading: ShopReading, hints: Sequence[Hint], make_way: Callable[[], None]) -> None:
    # A hint without an id only requested a sync.
    if without_id := [hint for hint in hints if not hint.resource_id]:
        await _mark(reading, without_id, is_answered=True)
    for resource, ask in _FOLLOW.items():
        some = {hint.resource_id: hint for hint in hints if hint.resource == resource and hint.resource_id}
        if some:
            async for ids, is_answered in ask(reading, list(some)):
                if ids:
                    await _mark(reading, [some[one] for one in ids], is_answered=is_answered)
                    make_way()


async def _mark(reading: ShopReading, hints: Sequence[Hint], *, is_answered: bool) -> None:
    run = reading.run
    key = run.tenant_id, run.source.source_id
    days = reading.days_of(
        hint.unanswered_at or hint.last_at for hint in hints if hint.unanswered_at or not is_answered
    )

    async def take(connection: Connection, rule: str | None) -> dict[str, int]:
        del rule
        await mark_looked_at(connection, *key, hints, is_answered=is_answered)
        for day in days:
            _, *bounds = tenant_day(day, run.tenant.zone)
            things = await count_unanswered(connection, *key, *bounds)
            await run.flag(connection, "webhooks", day, {"unanswered": {"things": things}} if things else {})
        return {}

    await reading.commit(take)


async def read_unfinished(reading: ShopReading) -> None:
    """Request incomplete orders again: a limited number a night, each night continuing where the last one ended.

    They may well fail again, so the cursor moves before the request and each hundred has one try a night.
    """
    run = reading.run
    night = str(run.today())
    kept: dict[str, Any] = await run.position(_UNFINISHED) or {}
    after, pages = kept.get("after", ""), kept.get("pages", 0) if kept.get("night") == night else 0
    while pages < _PAGES_A_NIGHT:
        async with run.transaction() as connection:
            order_ids = await unfinished_orders(connection, run.tenant_id, run.source.source_id, after, PER_PAGE)
        # After the last one the round is over, and so is the night's share.
        after, pages = (order_ids[-1], pages + 1) if order_ids else ("", _PAGES_A_NIGHT)
        await reading.note(_UNFINISHED, {"night": night, "pages": pages, "after": after})
        if order_ids:
            async for _ in _orders(reading, order_ids):
                pass
            run.make_way()


async def _orders(reading: ShopReading, order_ids: Sequence[str]) -> _Answers:
    found, is_listed = await find_listed(reading, order_ids)
    yield [order_id for order_id in order_ids if order_id in found], True
    rest = [one for one in order_ids if one not in found]
    async for order_id, is_answered in reading.look_for(rest, is_hidden=is_listed):
        yield [order_id], is_answered


def _customers(reading: ShopReading, customer_ids: Sequence[str]) -> _Answers:
    return _taken_in(reading, "customers", customer_ids, take_customers, role="all")


def _products(reading: ShopReading, product_ids: Sequence[str]) -> _Answers:
    return _taken_in(reading, "products", product_ids, take_products, status="any")


async def _taken_in(reading: ShopReading, path: str, ids: Sequence[str], take: _Take, **filters: str) -> _Answers:
    records = await by_ids(reading.shop, path, ids, **filters)
    if records is not None:
        await take(reading, records)
        yield ids, True
        return
    async for alone in ask_alone(reading.shop, path, ids):
        if alone.record is not None:
            await take(reading, [alone.record])
        yield [alone.thing_id], alone.is_answered


_FOLLOW = {"order": _orders, "customer": _customers, "product": _products}
