"""Reading a shop: each page is stored whole, in its own transaction."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from loguru import logger

from common.db import Connection
from services.data_service.domain.syncs.source_settings import WooCommerceConfig
from services.data_service.domain.syncs.sync_run import SyncRun
from services.data_service.domain.woocommerce.asked_alone import ask_alone
from services.data_service.domain.woocommerce.order_digest import with_digests
from services.data_service.domain.woocommerce.place_purchases import months_of, place_purchases
from services.data_service.domain.woocommerce.purchase import event_time_of
from services.data_service.domain.woocommerce.refunds import with_refunds
from services.data_service.domain.woocommerce.take_orders import Taker, read_orders, take_orders
from services.data_service.sources.woocommerce.page_apart import Aside
from services.data_service.sources.woocommerce.reader_threads import in_thread
from services.data_service.sources.woocommerce.shop import Shop
from services.data_service.sources.woocommerce.walk import Reached, position_of
from services.data_service.store.events.known_rules import KnownRules
from services.data_service.store.events.months import KnownMonths
from services.data_service.store.events.record_events import LocationRuleChanged
from services.data_service.store.events.tenant_day import midnight, tenant_day
from services.data_service.store.shop.shop_orders import (
    count_unfinished,
    known_orders,
    mark_deleted,
    note_asked_alone,
    note_listed,
    note_unanswered,
)
from services.data_service.store.shop.shop_turns import hold_shops
from services.data_service.store.shop.webhook_deliveries import point_at

# How many unreadable orders of a page are logged one by one; all are counted.
_MOST_TOLD: Final = 5
_OVERLAP: Final = timedelta(minutes=5)
Move = tuple[str, dict[str, Any]]


@dataclass
class ShopReading:
    """A sync with its shop open.

    `is_wary`: the shop failed to answer for something before, so a failing page is taken apart.
    """

    run: SyncRun
    shop: Shop
    config: WooCommerceConfig
    is_wary: bool = False
    pages: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def aside(self) -> Aside | None:
        """What to do with objects that break a page; None: a failure may be temporary, pages are not taken apart."""
        return Aside(self.leave_aside, self.hear) if self.is_wary else None

    async def leave_aside(self, path: str, number: int) -> None:
        """Read an object alone after all lists, as if a webhook had pointed at it."""
        run = self.run
        logger.warning("woocommerce {}: {} {} breaks its list", run.source.source_id, path, number)
        async with run.transaction() as connection:
            await point_at(connection, run.tenant_id, run.source.source_id, path.removesuffix("s"), str(number))

    async def commit_orders(
        self, records: Sequence[dict[str, Any]], move: Move | None = None, *, is_thorough: bool = False
    ) -> None:
        """Store orders and move the stream's cursor to a position.

        Unchanged orders are skipped; with `is_thorough` their purchases are checked, since a tag's may be gone.

        Raises:
            VendorError: requesting their refunds failed.
            JobCancelled, JobHandedBack: nothing of this page is stored.
        """
        run = self.run
        told = await in_thread(with_digests, records, self.config)
        async with run.transaction() as connection:
            known = await known_orders(connection, run.tenant_id, run.source.source_id, [one.order_id for one in told])
        fresh = [one for one in told if one.order_id not in known or known[one.order_id].told_digest != one.digest]
        if not fresh and not is_thorough:
            await self.commit(_nothing, move)
            return
        page = await with_refunds(self.shop, await in_thread(read_orders, fresh, self.config), known, self.hear)
        if is_thorough:
            page = page._replace(unchanged=tuple({one.order_id for one in told} - {one.order_id for one in fresh}))
        for reason in page.unreadable[:_MOST_TOLD]:
            logger.warning("woocommerce {}: not read: {}", run.source.source_id, reason)
        days = [made.date() for read in page.orders if event_time_of(made := read.order.created_at) is not None]
        await self._ensure_months(days)

        async def take(connection: Connection, rule: str | None) -> dict[str, int]:
            key = run.tenant_id, run.source.source_id, run.job.job_id
            taker = Taker(*key, self.config, rule, run.days is None, self.shop.time_told)
            counts = await take_orders(connection, taker, page)
            if is_thorough:
                await note_listed(connection, run.tenant_id, run.source.source_id, [one.order_id for one in told])
            await self._flag_unfinished(connection, page.recounted)
            for stream, fields in page.unknown_fields.items():
                await run.note_unknown(connection, stream, fields)
            return counts | ({"rejected": len(page.unreadable)} if page.unreadable else {})

        await self.commit(take, move)

    async def hear(self) -> None:
        """Check between two calls whether to continue.

        Raises:
            JobCancelled, JobHandedBack: the job must stop.
        """
        # Runs beside the storing of a page, which alone writes the counts.
        async with self.turn:
            await self.run.job.progress(self.pages, None)

    async def commit_deleted(self, order_ids: Sequence[str]) -> None:
        """Store that the shop has deleted these orders, and remove their purchases."""

        async def take(connection: Connection, rule: str | None) -> dict[str, int]:
            tenant_id, source_id = self.run.tenant_id, self.run.source.source_id
            await hold_shops(connection, tenant_id)
            deleted = await mark_deleted(connection, tenant_id, source_id, order_ids)
            orders = [(source_id, order_id) for order_id in order_ids]
            await place_purchases(connection, tenant_id, orders, location_source=rule, job_id=self.run.job.job_id)
            await self._flag_unfinished(connection, deleted)
            return {"orders": len(deleted)} if deleted else {}

        await self.commit(take)

    async def look_for(self, order_ids: Sequence[str], *, is_hidden: bool) -> AsyncGenerator[tuple[str, bool]]:
        """Request orders one by one: a plugin's status may hide them, they are deleted, or no list answered.

        Yields each, with whether the shop answered, after storing it; the job may stop there. `is_hidden`: lists
        answered and do not hold them.
        """
        async for alone in ask_alone(self.shop, "orders", order_ids):
            if alone.record is not None:
                await self.commit_orders([alone.record])
            elif alone.is_answered:
                await self.commit_deleted([alone.thing_id])
            if not alone.is_answered:
                await self._note_unanswered(alone.thing_id)
            elif is_hidden:
                await self.note_hidden([alone.thing_id])
            yield alone.thing_id, alone.is_answered

    async def note_hidden(self, order_ids: Collection[str]) -> None:
        """Store that the shop has these orders although its lists lack them; for a while none is expected in a list."""

        async def take(connection: Connection, rule: str | None) -> dict[str, int]:
            del rule
            await note_asked_alone(connection, self.run.tenant_id, self.run.source.source_id, list(order_ids))
            return {}

        if order_ids:
            await self.commit(take)

    async def _note_unanswered(self, order_id: str) -> None:
        async def take(connection: Connection, rule: str | None) -> dict[str, int]:
            del rule
            made = await note_unanswered(connection, self.run.tenant_id, self.run.source.source_id, order_id)
            await self._flag_unfinished(connection, [] if made is None else [made])
            return {}

        await self.commit(take)

    async def note(self, stream: str, position: dict[str, Any]) -> None:
        """Move a stream's cursor without storing anything else."""
        await self.commit(_nothing, (stream, position))

    async def commit(self, take: Any, move: Move | None = None) -> None:
        """Run `take(connection, location rule) → counts` in a transaction, with the cursor and the job's counts."""
        run = self.run
        rules: KnownRules = run.service.extras["rules"]
        while True:
            rule = await rules.get(run.service.db, run.tenant_id)
            try:
                async with self.turn, run.transaction() as connection:
                    counts = await take(connection, rule)
                    if move is not None:
                        await run.move(connection, *move)
                    run.job.count(counts)
                    self.pages += 1
                    await run.job.progress(self.pages, None, connection)
            except LocationRuleChanged as changed:
                rules.put(run.tenant_id, changed.rule)
                continue
            run.service.wake_relay()
            return

    async def _ensure_months(self, days: Sequence[date]) -> None:
        months: KnownMonths = self.run.service.extras["months"]
        await months.ensure(self.run.service.db, months_of(days))

    async def _flag_unfinished(self, connection: Connection, times: Iterable[datetime]) -> None:
        """Flag the days of these times with how many orders lack their refunds, or were not answered for."""
        run = self.run
        for day in self.days_of(times):
            _, *bounds = tenant_day(day, run.tenant.zone)
            counts = await count_unfinished(connection, run.tenant_id, run.source.source_id, *bounds)
            flags = zip(("refunds_missing", "orders_unanswered"), counts, strict=True)
            await run.flag(connection, "orders", day, {flag: {"orders": orders} for flag, orders in flags if orders})

    def days_of(self, times: Iterable[datetime]) -> set[date]:
        """The tenant's days of these times."""
        zone = self.run.tenant.zone
        return {made.astimezone(zone).date() for made in times if event_time_of(made) is not None}

    def midnight(self, day: date) -> datetime:
        """When a day of the tenant begins, in UTC."""
        return midnight(day, self.run.tenant.zone)


def read_until(reached: Reached, shop_time: datetime) -> dict[str, Any]:
    """The position up to which a list counts as read, for its cursor.

    Never within the shop's last minutes: it sets an object's time before writing it, and its servers' clocks differ.
    Nor in the shop's future: the next object's time will not be.
    """
    return position_of(min(reached, Reached(shop_time - _OVERLAP), key=lambda one: one.moment))


async def _nothing(connection: Connection, rule: str | None) -> dict[str, int]:
    del connection, rule
    return {}
