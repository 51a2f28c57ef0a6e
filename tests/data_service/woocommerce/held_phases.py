"""Syncs of shops, each held in another phase: while it reads products, at night, and while it follows webhooks."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.data_service.store.shop.webhook_deliveries import Delivery, record_deliveries
from tests.data_service.harness import Company, Data
from tests.data_service.woocommerce.shop_bed import add_source
from tests.data_service.woocommerce.shop_street import HeldSync, Street, started, sync_now
from tests.standins.woocommerce.records import gmt

PRODUCTS = 230
A_DAY = timedelta(days=1)


def today() -> date:
    """The companies' day."""
    return datetime.now(ZoneInfo("America/Chicago")).date()


async def held_at_products(remote: Data, street: Street) -> HeldSync:
    """A sync that has read the first page of what a shop sells."""
    shop, url, held = street.shop(lambda asked: "/products" in asked and "modified_after=1999-" not in asked)
    for number in range(1, PRODUCTS + 1):
        shop.product(number)["date_modified_gmt"] = gmt(shop.now() - 9 * A_DAY + timedelta(minutes=number))
    company = await remote.company()
    return HeldSync(shop, held, company, *await started(remote, company, url))


async def held_at_night(remote: Data, street: Street) -> HeldSync:
    """A shop that was read before, then changed orders without saying so, and has lost one; yesterday is being read."""
    shop, url, held = street.shop(lambda asked: f"before={today()}T" in asked and "status=any" in asked)
    held.let_go.set()
    for number in range(6):
        shop.order(shop.now() - (2 - number // 3) * A_DAY + timedelta(seconds=number), id=number + 1)
    company = await remote.company()
    source_id, first = await started(remote, company, url)
    assert (await remote.ended(company, first))["counts"]["orders"] == 6
    for order in shop.orders.values():
        order["status"] = "completed"
    shop.delete(6)
    held.let_go.clear()
    held.is_asked.clear()
    await another_night(remote, source_id)
    return HeldSync(shop, held, company, source_id, await sync_now(remote, company))


async def held_at_hints(remote: Data, street: Street) -> HeldSync:
    """A sync that has followed the webhooks of two old orders, and not those of a customer and a product."""
    shop, url, held = street.shop(lambda asked: "/customers" in asked and "include=" in asked)
    orders = [shop.order(shop.now() - 60 * A_DAY) for _ in range(2)]
    shop.customer(number=7)
    for number in (22, 23):
        shop.product(number)["date_modified_gmt"] = gmt(shop.now() - (30 - number) * A_DAY)
    company = await remote.company()
    source_id = await add_source(remote, company, url)
    things = [*(("order", order["id"]) for order in orders), ("customer", 7), ("product", 22)]
    await record_deliveries(
        *(remote.admin, company.tenant_id, source_id),
        [Delivery(resource, str(number), f"{resource}.updated") for resource, number in things],
    )
    return HeldSync(shop, held, company, source_id, await sync_now(remote, company))


async def statuses(remote: Data, company: Company) -> str:
    """The first letters of its orders' statuses."""
    found = await remote.admin.fetch(
        "select status from data.shop_order where tenant_id = $1 order by order_id", company.tenant_id
    )
    return "".join(row["status"][0] for row in found)


async def followed(remote: Data, company: Company) -> list[str]:
    """What the webhooks pointed at that was looked at."""
    found = await remote.admin.fetch(
        "select resource from data.webhook_delivery where tenant_id = $1 and looked_at_delivery = deliveries"
        " order by resource",
        company.tenant_id,
    )
    return [row["resource"] for row in found]


async def another_night(remote: Data, source_id: UUID) -> None:
    """Have the next sync read what is read at night, and nothing count as read before."""
    await remote.admin.execute(
        "delete from data.source_cursor where source_id = $1 and stream in ('window', 'deleted', 'made')", source_id
    )
    await remote.admin.execute(
        "update data.source set window_read_on = null, last_sync_at = null where source_id = $1", source_id
    )
