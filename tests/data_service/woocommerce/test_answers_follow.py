"""What analytics answers of orders, told only what the data service tells."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from common.events.contracts.data_batch_recorded import BatchRecorded
from common.testing.cluster import MigratedDatabase
from services.analytics_service.store.dirty_keys import mark_batch
from services.data_service.domain.woocommerce.order_row import hash_of_email
from services.data_service.domain.woocommerce.people import guest_user
from tests.analytics_service.stored import as_analytics, refresh, reused_connections
from tests.data_service.woocommerce.shop_bed import ShopBed, tag_purchase
from tests.database.test_functions_equal_the_reference import all_summaries

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOON = datetime(2026, 3, 10, 18, tzinfo=UTC)
DAY = NOON.date()
MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def _reused(database: MigratedDatabase) -> AsyncIterator[None]:
    async with reused_connections(database):
        yield


async def told_since(bed: ShopBed, seen: set[Any]) -> list[BatchRecorded]:
    """What the service has told of batches since the last look."""
    rows = await bed.data.admin.fetch(
        "select event_id, payload from data.outbox where tenant_id = $1 and event_type = $2 order by occurred_at",
        *(bed.tenant_id, BatchRecorded.TYPE),
    )
    fresh = [row for row in rows if row["event_id"] not in seen]
    seen.update(row["event_id"] for row in fresh)
    return [msgspec.json.decode(row["payload"], type=BatchRecorded) for row in fresh]


async def until_linked(bed: ShopBed) -> None:
    """Wait until every order has the device of its tag's purchase."""
    missing = (
        "select count(*) from data.purchase o cross join lateral (select g.user_pseudo_id, g.user_id"
        " from data.purchase g where g.tenant_id = o.tenant_id and g.transaction_id = o.transaction_id"
        " and g.road <> 5 order by g.event_ts, g.event_id limit 1) first"
        " where o.tenant_id = $1 and o.road = 5 and (o.user_pseudo_id is distinct from first.user_pseudo_id"
        " or first.user_id is not null and o.user_id <> first.user_id)"
    )
    async with asyncio.timeout(30):
        while await bed.data.admin.fetchval(missing, bed.tenant_id):
            await asyncio.sleep(0.05)


async def refreshed(bed: ShopBed, database: MigratedDatabase, seen: set[Any]) -> None:
    """Bring the summaries up to date by what was told."""
    async with as_analytics(database, bed.tenant_id) as connection:
        for batch in await told_since(bed, seen):
            await mark_batch(connection, bed.tenant_id, batch.batch_id, batch.keys)
        await refresh(connection, bed.tenant_id)


async def answers(bed: ShopBed, database: MigratedDatabase, seen: set[Any]) -> dict[str, Any]:
    """The day's statistics, purchases and carts; a rebuild finds nothing to correct."""
    await until_linked(bed)
    await refreshed(bed, database, seen)
    async with as_analytics(database, bed.tenant_id) as connection:
        kept = await all_summaries(connection)
        found = await connection.fetchrow(
            "select revenue, purchases, visitors from analytics.get_complete_dashboard_data($1, $2, $2)"
            " where period = 'current'",
            *(bed.tenant_id, DAY),
        )
        assert found is not None
        tasks = {
            name: [dict(row) for row in await connection.fetch(call, bed.tenant_id, DAY)]
            for name, call in {
                "orders": "select * from analytics.get_purchase_tasks($1, $2, $2)",
                "carts": "select * from analytics.get_cart_abandonment_tasks($1, $2, $2)",
            }.items()
        }
    async with as_analytics(database, bed.tenant_id) as connection:
        await refresh(connection, bed.tenant_id, rebuild=True)
        assert await all_summaries(connection) == kept
    return {**dict(found), **tasks}


def cart(device: str, at: datetime, session: str = "7") -> dict[str, Any]:
    item = {"item_id": "22", "item_name": "Pump", "price": 10, "quantity": 1}
    told = {"event_name": "add_to_cart", "event_timestamp": at.isoformat(), "user_pseudo_id": device}
    return told | {"session_id": session, "items": [item]}


@pytest.mark.parametrize("tag_comes", ["before", "after", "never"])
async def test_an_order_and_its_tags_purchase_are_one_transaction_of_one_person(
    bed: ShopBed, database: MigratedDatabase, tag_comes: str
):
    seen: set[Any] = set()
    order = bed.shop.order(NOON, total="50.00", email="g@shop.example")
    await bed.post_events(cart("phone", NOON - 20 * MINUTE))
    tag = tag_purchase(str(order["id"]), NOON + MINUTE, "phone", value=48, session_id="8")
    days = DAY, DAY
    if tag_comes == "before":
        await bed.post_events(tag)
    await bed.sync(days=days)
    await refreshed(bed, database, seen)
    if tag_comes == "after":
        await bed.post_events(tag)
    found = await answers(bed, database, seen)
    assert (found["revenue"], found["purchases"]) == (Decimal("50.00"), 1)
    [task] = found["orders"]
    guest = guest_user(hash_of_email("g@shop.example"))
    assert (task["value"], task["user_id"], task["email"]) == (Decimal("50.00"), guest, "g@shop.example")
    if tag_comes == "never":
        assert [row["user_pseudo_id"] for row in found["carts"]] == ["phone"]
        assert found["visitors"] == 2
    else:
        # The cart on the phone was the buyer's own: nobody is called about it.
        assert (found["carts"], found["visitors"]) == ([], 1)


async def test_a_cancelled_order_leaves_what_its_tag_told_and_an_edited_one_its_new_total(
    bed: ShopBed, database: MigratedDatabase
):
    seen: set[Any] = set()
    tagged, untagged = (bed.shop.order(NOON, total="50.00", email=f"{n}@shop.example") for n in "ab")
    await bed.post_events(tag_purchase(str(tagged["id"]), NOON + MINUTE, "phone", value=48))
    await bed.sync(days=(DAY, DAY))
    assert (await answers(bed, database, seen))["revenue"] == Decimal("100.00")
    bed.shop.change(untagged["id"], total="20.00")
    await bed.sync()
    assert (await answers(bed, database, seen))["revenue"] == Decimal("70.00")
    for order in (tagged, untagged):
        bed.shop.change(order["id"], status="cancelled")
    await bed.sync()
    found = await answers(bed, database, seen)
    assert (found["revenue"], found["purchases"]) == (Decimal("48.00"), 1)


@pytest.mark.parametrize("seed", range(3))
async def test_totals_stay_those_of_a_rebuild_while_orders_and_tags_come_as_they_will(
    bed: ShopBed, database: MigratedDatabase, seed: int
):
    chance = Random(seed)
    seen: set[Any] = set()
    for step in range(12):
        at = NOON + chance.randint(-300, 300) * MINUTE
        if step < 3 or chance.random() < 0.4:
            bed.shop.order(at, email=f"{chance.randint(1, 3)}@shop.example", customer_id=chance.choice((0, 0, 42)))
        number = chance.choice(list(bed.shop.orders))
        device, user = f"device {chance.randint(1, 3)}", chance.choice(("", "", "site user"))
        await bed.post_events(
            cart(device, at, str(step)),
            tag_purchase(str(number), at, device, **({"user_id": user} if user else {}), session_id=str(step)),
        )
        if chance.random() < 0.4:
            bed.shop.change(number, status=chance.choice(("cancelled", "processing", "trash", "completed")))
        if chance.random() < 0.6:
            await bed.sync(days=(DAY - timedelta(days=1), DAY + timedelta(days=1)))
        await refreshed(bed, database, seen)
    await answers(bed, database, seen)
