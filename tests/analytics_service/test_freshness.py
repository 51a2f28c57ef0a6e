"""Freshness: events about rows, users and settings change the answers, in any order and however often."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg

from common.events.contracts.auth_tenant_changed import TenantChanged
from common.events.contracts.data_batch_recorded import BatchRecorded
from common.events.contracts.data_channels_changed import ChannelsChanged
from common.events.contracts.data_marketing_recorded import MarketingRecorded
from common.events.contracts.data_users_changed import UsersChanged
from common.testing.cluster import MigratedDatabase
from services.analytics_service.store.dirty_keys import mark_marketing
from services.analytics_service.store.refresh import dirty_tenants
from tests.analytics_service import shop
from tests.analytics_service.conftest import Service, batch_of
from tests.analytics_service.stored import micros

DAY = {"start_date": "2024-04-28", "end_date": "2024-04-29"}


async def tasks(service: Service, kind: str, **params: Any) -> list[dict[str, Any]]:
    return (await service.get(f"/analytics/tasks/{kind}", **{**DAY, **params})).json()["data"]


async def test_a_later_purchase_takes_the_cart_off_the_list(service: Service) -> None:
    await service.record(shop.an_open_cart())
    assert len(await tasks(service, "cart-abandonment")) == 1
    await service.record(shop.a_purchase(minutes=60, user_id="bob", device="phone", session="p1"))
    assert await tasks(service, "cart-abandonment") == []


async def test_a_sign_in_at_the_checkout_makes_the_earlier_visit_theirs(service: Service) -> None:
    cart = [replace(row, user_id=None) for row in shop.an_open_cart()]
    await service.record(cart)
    assert (await tasks(service, "cart-abandonment"))[0]["user"]["user_id"] is None
    await service.record([shop.at(9000, "page_view", "cart", "later", user_id="bob")])
    assert (await tasks(service, "cart-abandonment"))[0]["user"]["user_id"] == "bob"


async def test_another_home_location_moves_rows_without_a_location_of_their_own(service: Service) -> None:
    await service.record(shop.an_open_cart(location_id=None))
    assert (await tasks(service, "cart-abandonment"))[0]["location_id"] is None
    batch_id = uuid4()
    await service.stored.writer.execute(
        "insert into data.users (tenant_id, user_id, location_id) values ($1, 'bob', 'S')", service.tenant_id
    )
    await service.publish_and_wait(UsersChanged(user_ids=["bob"], batch_id=batch_id), batch_id)
    assert (await tasks(service, "cart-abandonment", location_id="S"))[0]["user"]["user_id"] == "bob"
    assert (await service.get("/analytics/locations")).json()["data"][0]["location_id"] == "S"


async def test_another_time_zone_changes_the_days(service: Service) -> None:
    await service.record(shop.a_purchase(minutes=-9.5 * 60))
    assert len(await tasks(service, "purchases", end_date="2024-04-28")) == 1
    await service.stored.writer.execute(
        "update auth.tenant set time_zone = 'Asia/Tokyo' where tenant_id = $1", service.tenant_id
    )
    batch_id = uuid4()
    await service.publish(TenantChanged(changed=["time_zone"]))
    await service.publish_and_wait(
        BatchRecorded(batch_id=batch_id, counts={}, first_ts=0, last_ts=0, keys=[]), batch_id
    )
    assert await tasks(service, "purchases", end_date="2024-04-28") == []
    assert len(await tasks(service, "purchases", start_date="2024-04-29")) == 1


async def test_what_a_marketing_write_touched_is_refreshed_and_its_batch_announced(service: Service) -> None:
    none = MarketingRecorded(batch_id=uuid4(), lead_days=[], lead_ids=[], ad_days=[])
    recorded = MarketingRecorded(
        batch_id=uuid4(),
        lead_days=["2026-03-01", "2026-03-02"],
        lead_ids=["L1"],
        ad_days=["2026-03-01"],
        campaigns=True,
    )
    async with service.context.db.tenant(service.tenant_id) as connection:
        await mark_marketing(connection, service.tenant_id, recorded)
        row = await connection.fetchrow(
            "select batch_id, lead_days::text[], lead_ids, ad_days::text[], campaigns from analytics.dirty_key"
        )
    assert row is not None
    assert tuple(row) == (
        recorded.batch_id,
        recorded.lead_days,
        recorded.lead_ids,
        recorded.ad_days,
        recorded.campaigns,
    )
    await service.publish_and_wait(none, none.batch_id)


async def test_a_vendors_sessions_fill_days_without_any_and_follow_the_channel_rules(service: Service) -> None:
    writer, tenant_id = service.stored.writer, service.tenant_id
    days = ["2024-04-27", "2024-04-29"]
    await writer.execute(
        "insert into data.channel_day (tenant_id, property_id, day, channel, sessions, engaged_sessions, key_events,"
        " revenue, source_id) select $1, '1', d::date, 'sms', 5, 0, 0, 0, $1 from unnest($2::text[]) as d",
        *(tenant_id, days),
    )
    await service.record(shop.an_open_cart(origin="mail"))
    batch_id = uuid4()
    await service.publish_and_wait(ChannelsChanged(batch_id=batch_id, days=days), batch_id)
    traffic = (
        "select day::text, channel, sessions, told_by_vendor from analytics.traffic_day where tenant_id = $1 order by 1"
    )
    from_vendor = ("2024-04-27", "sms", 5, True)
    seen = ("2024-04-29", "email", 1, False)
    assert [tuple(row) for row in await writer.fetch(traffic, tenant_id)] == [from_vendor, seen]
    await writer.execute(
        "insert into analytics.channel_rule (position, channel, source_pattern) values (50, 'letters', '^news')"
    )
    service.context.extras["refresher"].wake()
    expected = [from_vendor, ("2024-04-29", "letters", 1, False)]
    while [tuple(row) for row in await writer.fetch(traffic, tenant_id)] != expected:
        pass


async def test_a_batch_published_twice_counts_once(service: Service) -> None:
    rows = shop.a_purchase()
    batch_id = await service.record(rows)
    key = (rows[0].device, rows[0].user_id, micros(rows[0].ts), micros(rows[0].ts))
    again = BatchRecorded(batch_id=batch_id, counts={}, first_ts=key[2], last_ts=key[3], keys=[key])
    await service.publish_and_wait(again, batch_id)
    assert (await service.get("/analytics/stats", **DAY)).json()["current"]["purchases"] == 1


async def test_a_tenant_that_another_process_refreshes_is_refreshed_again_afterwards(
    service: Service, database: MigratedDatabase
) -> None:
    await service.record(shop.a_purchase("T1"))
    holder = await asyncpg.connect(database.superuser_dsn)
    async with holder.transaction():
        await holder.execute("select 1 from analytics.rollup_state for update")
        rows = shop.a_purchase("T2", device="two")
        await service.stored.add(rows)
        await service.publish(batch_of(rows))
        assert len(await tasks(service, "purchases")) == 1
    await holder.close()
    while len(await tasks(service, "purchases")) < 2:
        pass


async def test_many_concurrent_batches_are_all_in_the_answers_in_the_end(service: Service) -> None:
    batches = [shop.a_purchase(f"T{n}", minutes=n, device=f"d{n}", user_id=None) for n in range(40)]
    for rows in batches[:-1]:
        await service.stored.add(rows)
        await service.publish(batch_of(rows))
    await service.record(batches[-1])
    while len(await tasks(service, "purchases")) < 40:
        pass
    runs = await service.stored.writer.fetch("select event_id from analytics.outbox")
    assert len(runs) < 40


async def test_after_a_long_run_the_next_one_is_due_in_seconds(service: Service) -> None:
    await service.record(shop.an_open_cart())
    await service.stored.writer.execute(
        "update analytics.rollup_state set last_run_at = clock_timestamp(), last_run_ms = 600000 where tenant_id = $1",
        service.tenant_id,
    )
    await service.stored.writer.execute(
        "insert into analytics.dirty_key (tenant_id, batch_id) values ($1, $2)", service.tenant_id, uuid4()
    )
    [waiting] = await dirty_tenants(service.context.db)
    assert waiting.tenant_id == service.tenant_id
    assert 0 < waiting.due_in_seconds <= 15
