"""One shop's visits, ads and orders, each through its own road; the totals were reckoned by hand from the files."""

import csv
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from common.testing.cluster import MigratedDatabase
from services.analytics_service.store.dirty_keys import mark_batch
from tests.analytics_service.stored import as_analytics, refresh
from tests.data_service.meta_ads.connected import Connected, served
from tests.data_service.woocommerce.shop_bed import ShopBed
from tests.data_service.woocommerce.test_answers_follow import told_since, until_linked
from tests.standins.meta_ads.from_files import shop_account
from tests.standins.woocommerce.from_files import fill_from_files

DATA = Path(__file__).parents[4] / "shared/data"
STACK = DATA / "orders/d2c_stack"
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not STACK.is_dir(), reason="../shared/data is not here"),
]
FIRST, LAST = date(2026, 1, 1), date(2026, 4, 30)
# Of 30 orders: 651.30 in February, 505.50 in March, 499.40 in April. The tag saw 1,426.00, without tax and shipping.
BY_HAND = {
    "revenue": Decimal("1656.20"),
    "purchases": 30,
    "average_order_value": Decimal("55.21"),
    "visitors": 10,
    "sessions": 50,
    "page_views": 100,
    "add_to_carts": 30,
    "abandoned_carts": 0,
    "conversion_rate": Decimal("60.0"),
}
_THANK_YOU = timedelta(seconds=30)


def tag_events() -> list[dict[str, Any]]:
    """What the shop's tag sent; its thank-you page comes 30 seconds after the order, whose id the file leaves out."""
    with (STACK / "shopify_orders.csv").open(encoding="utf-8", newline="") as file:
        made = {datetime.fromisoformat(row["created_at"]): row["order_number"] for row in csv.DictReader(file)}
    with (STACK / "ga4_events.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    events: list[dict[str, Any]] = []
    for row in rows:
        told = {name: row[name] for name in ("event_id", "event_name", "user_pseudo_id", "session_id", "page_location")}
        event: dict[str, Any] = told | {"event_timestamp": row["event_timestamp"].replace(" ", "T")}
        if row["event_name"] == "purchase":
            order = made[datetime.fromisoformat(row["event_timestamp"]) - _THANK_YOU]
            event |= {"transaction_id": order, "value": row["event_value"]}
        events.append(event)
    return events


async def read_ads(bed: ShopBed) -> Decimal:
    """The same company's ads; gives what they cost."""
    account = shop_account(DATA / "ads")
    with served(account) as (world, url):
        source_id: Any = await bed.data.admin.fetchval(
            "insert into data.source (tenant_id, kind, name, config) values ($1, 'meta_ads', 'Ads', $2)"
            " returning source_id",
            *(bed.tenant_id, json.dumps({"account_id": account.account_id})),
        )
        service = replace(
            bed.data.context, settings=bed.data.context.settings.model_copy(update={"meta_graph_url": url})
        )
        ads = Connected(bed.data, service, world, account, bed.tenant_id, source_id, account.token)
        await ads.sync((FIRST, LAST))
    spent: Any = await bed.data.admin.fetchval(
        "select sum(spend) from data.ad_performance where tenant_id = $1", bed.tenant_id
    )
    return Decimal(spent)


@pytest.mark.parametrize("orders_first", [True, False], ids=["orders first", "tag first"])
async def test_visits_ads_and_orders_of_one_shop_add_up(
    bed: ShopBed, database: MigratedDatabase, *, orders_first: bool
):
    fill_from_files(bed.shop, STACK)
    if orders_first:
        await bed.sync(days=(FIRST, LAST))
    await bed.post_events(*tag_events())
    if not orders_first:
        await bed.sync(days=(FIRST, LAST))
    await until_linked(bed)
    async with as_analytics(database, bed.tenant_id) as connection:
        for batch in await told_since(bed, set()):
            await mark_batch(connection, bed.tenant_id, batch.batch_id, batch.keys)
        await refresh(connection, bed.tenant_id)
        found = await connection.fetchrow(
            "select * from analytics.get_complete_dashboard_data($1, $2, $3) where period = 'current'",
            *(bed.tenant_id, FIRST, LAST),
        )
        buyers = await connection.fetch(
            "select distinct user_id, email from analytics.get_purchase_tasks($1, $2, $3, p_limit => 500)",
            *(bed.tenant_id, FIRST, LAST),
        )
    assert found is not None
    assert {name: found[name] for name in BY_HAND} == BY_HAND
    # Everybody has an account, an address to write to, and one device.
    assert {(row["user_id"], row["email"] is not None) for row in buyers} == {(str(n), True) for n in range(1, 11)}
    refunded: Any = await bed.data.admin.fetchval(
        "select sum(amount) from data.shop_refund where tenant_id = $1", bed.tenant_id
    )
    assert (Decimal(refunded), await read_ads(bed)) == (Decimal("86.50"), Decimal("653.65"))
