"""The SQL functions against the plain reference, on random histories that change under them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from common.db import Connection
from common.testing.cluster import MigratedDatabase
from tests.analytics_service.agreement import assert_all_agree
from tests.analytics_service.histories import Histories, seeds
from tests.analytics_service.reference import Company, Reference, Row
from tests.analytics_service.stored import Stored, as_analytics, refresh, stored_tenant

SUMMARIES = (
    "visit_day",
    "user_day",
    "device_user",
    "session",
    "open_cart",
    "session_search",
    "buy",
    "sale",
    "day_total",
    "product_day",
    "product_month",
    "search_term_month",
    "item_sale_month",
    "traffic_hour",
    "traffic_day",
    "traffic_month",
    "ledger_entry",
    "ledger_word",
    "ledger_total",
)


def some_ranges(histories: Histories) -> list[tuple[date, date]]:
    first = histories.begin.date()
    one = first + timedelta(days=histories.random.randrange(14))
    return [(first - timedelta(days=1), first + timedelta(days=16)), (one, one), (one, one + timedelta(days=6))]


async def all_summaries(connection: Connection) -> dict[str, list[str]]:
    """Every summary row as text, in order."""
    return {
        table: [row[0] for row in await connection.fetch(f"select x::text from analytics.{table} x order by 1")]
        for table in SUMMARIES
    }


async def change_something(histories: Histories, stored: Stored) -> None:
    """New rows, rows gone, rows restated in their place, other rates, or another home."""
    what = histories.random.random()
    if what < 0.4:
        rows = histories.rows(histories.random.choice((1, 2, 5, 20)))
        await stored.add(rows)
        await stored.mark(rows)
    elif what < 0.6:
        rows = histories.removed(histories.random.choice((1, 3)))
        await stored.remove(rows)
        await stored.mark(rows)
    elif what < 0.75:
        await stored.restate(histories.restated(histories.random.choice((1, 3, 10))))
    elif what < 0.9:
        days, currencies = histories.other_rates()
        await stored.rates(histories.company)
        await stored.mark_rates(days, currencies)
    else:
        user = histories.moved_home()
        await stored.homes(histories.company)
        await stored.mark_home(user)


@pytest.mark.parametrize("seed", seeds((0, 3, 5, 6, 8, 10, 11), range(12)))
async def test_every_answer_equals_the_reference_while_the_rows_change(database: MigratedDatabase, seed: int) -> None:
    histories = Histories(seed)
    async with stored_tenant(database) as stored:
        await stored.settings(histories.company)
        await stored.homes(histories.company)
        await stored.rates(histories.company)
        rows = histories.rows(60 + 20 * (seed % 4))
        await stored.add(rows)
        await stored.mark(rows)
        for _ in range(6):
            async with as_analytics(database, stored.tenant_id) as connection:
                assert await refresh(connection, stored.tenant_id)
                await assert_all_agree(
                    connection, stored.tenant_id, Reference(histories.company), some_ranges(histories)
                )
            for _ in range(histories.random.choice((1, 1, 2, 4))):
                await change_something(histories, stored)


@pytest.mark.parametrize("seed", seeds((101, 102, 103, 107), range(100, 108)))
async def test_a_full_rebuild_gives_identical_rows(database: MigratedDatabase, seed: int) -> None:
    histories = Histories(seed)
    async with stored_tenant(database) as stored:
        await stored.settings(histories.company)
        await stored.homes(histories.company)
        await stored.rates(histories.company)
        for _ in range(8):
            await change_something(histories, stored)
            async with as_analytics(database, stored.tenant_id) as connection:
                await refresh(connection, stored.tenant_id)
                kept_up = await all_summaries(connection)
            async with as_analytics(database, stored.tenant_id) as connection:
                await refresh(connection, stored.tenant_id, rebuild=True)
                assert await all_summaries(connection) == kept_up


async def test_a_purchase_that_moves_to_another_device_leaves_the_former(database: MigratedDatabase) -> None:
    bought = Row(
        "purchase",
        datetime(2024, 5, 6, 12, tzinfo=UTC),
        UUID(int=1),
        "d1",
        "u1",
        "s1",
        transaction_id="T1",
        value=Decimal(5),
    )
    moved = replace(bought, device="d2")
    async with stored_tenant(database) as stored:
        await stored.settings(Company([], ZoneInfo("America/Chicago"), "USD"))
        await stored.add([bought])
        await stored.mark([bought])
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
        await stored.restate([(bought, moved)])
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
            assert await connection.fetchval("select array_agg(user_pseudo_id) from analytics.buy") == ["d2"]
            assert await connection.fetchval("select array_agg(user_pseudo_id) from analytics.sale") == ["d2"]
            kept_up = await all_summaries(connection)
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id, rebuild=True)
            assert await all_summaries(connection) == kept_up
