"""Events dropped by age: their aggregates stay, and later figures are as if nothing had happened before."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from common.db import Connection
from common.testing.cluster import MigratedDatabase
from services.analytics_service.domain.check_days import compare_events, compare_marketing
from services.analytics_service.store.marketing_tables import Span
from services.analytics_service.store.retention import KeptFrom
from tests.analytics_service import shop
from tests.analytics_service.histories import BEGINNINGS, Histories
from tests.analytics_service.reference import Company
from tests.analytics_service.stored import BATCH, Stored, as_analytics, refresh, stored_tenant

# Tables counted from events with the column of their day or month, and tables of single visits.
FIGURES: dict[str, str] = {
    **dict.fromkeys(("day_total", "traffic_day", "product_day"), "day"),
    **dict.fromkeys(("traffic_month", "product_month"), "month"),
}
VISITS: dict[str, str] = dict.fromkeys(
    ("session", "session_search", "open_cart", "sale", "visit_day", "user_day"), "day"
) | {
    **dict.fromkeys(("buy", "refund"), "event_ts"),
    **dict.fromkeys(("search_term_month", "item_sale_month"), "month"),
}


# What orders add to the ledger, also on days other than their own.
ORDERS = (
    "select * from analytics.ledger_entry where transaction_id in (select e.transaction_id"
    " from analytics.ledger_entry e where e.entry_no = 0 and e.day < $1) order by transaction_id, entry_no"
)


async def nothing() -> None:
    """Do nothing: the progress is not reported."""


async def rows_of(connection: Connection, tables: dict[str, str], condition: str, *values: Any) -> dict[str, list[Any]]:
    return {
        table: sorted(
            map(tuple, await connection.fetch(f"select * from analytics.{table} where {day} {condition}", *values)),
            key=str,
        )
        for table, day in tables.items()
    }


async def let_events_go(stored: Stored, first: date, since: datetime, database: MigratedDatabase | None = None) -> int:
    """Drop all events before `first` in small steps, as the data service's job does; return the number of steps.

    With a database the refresher comes between any two of them, and tells of the days.
    """
    keep = (
        "insert into data.retention (tenant_id, events_from, events_since) values ($1, $2, $3)"
        " on conflict (tenant_id) do nothing"
    )
    await stored.writer.execute(keep, stored.tenant_id, first, since)
    steps = 0
    drop = "select * from data.drop_aged_events($1, $2, 3)"
    while gone := await stored.writer.fetch(drop, stored.tenant_id, since):
        steps += 1
        await stored.writer.executemany(
            "insert into analytics.dirty_key (tenant_id, batch_id, user_pseudo_id, user_id, min_ts, max_ts)"
            " values ($1, $2, $3, $4, $5, $6)",
            [(stored.tenant_id, BATCH, r["user_pseudo_id"], r["user_id"], r["first_ts"], r["last_ts"]) for r in gone],
        )
        if database is not None:
            async with as_analytics(database, stored.tenant_id) as connection:
                refreshed = await refresh(connection, stored.tenant_id)
            days = {row["first_ts"].astimezone(since.tzinfo).date() for row in gone}
            assert refreshed
            assert days <= set(refreshed["days"])
    return steps


@pytest.mark.parametrize(("seed", "beginning"), [(1, 1), (2, 2), (5, 1), (8, 2)])
async def test_figures_stay_and_later_ones_are_as_if_nothing_had_happened_before(
    database: MigratedDatabase, seed: int, beginning: int
) -> None:
    histories = Histories(seed)
    histories.begin = BEGINNINGS[beginning]
    first = date(2024, histories.begin.month + 1, 1)
    since = datetime(first.year, first.month, 1, tzinfo=histories.company.zone)
    async with stored_tenant(database) as stored:
        await stored.settings(histories.company)
        await stored.homes(histories.company)
        rows = histories.rows(150)
        await stored.add(rows)
        await stored.mark(rows)
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
            before = await rows_of(connection, FIGURES, "< $1", first)
            visits = await rows_of(connection, VISITS, "< $1", first)
            orders = await connection.fetch(ORDERS, first)
        assert orders
        assert all(before.values())
        assert any(visits.values())
        assert await let_events_go(stored, first, since, database) > 3

        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
            assert await rows_of(connection, FIGURES, "< $1", first) == before
            assert await connection.fetch(ORDERS, first) == orders
            assert not any((await rows_of(connection, VISITS, "< $1", first)).values())
            days, since_then = Span(first, first + timedelta(days=16)), KeptFrom(None, None, first)
            counted, differ = await compare_events(connection, stored.tenant_id, days, since_then, nothing)
            assert counted
            assert differ == []
            counted, differ = await compare_marketing(connection, stored.tenant_id, days, since_then)
            assert counted
            assert differ == []
            after = await rows_of(connection, FIGURES | VISITS, "is not null")

        # A rebuild changes nothing; late rows of dropped days are in no figure.
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id, rebuild=True)
            assert await rows_of(connection, FIGURES | VISITS, "is not null") == after
            assert await connection.fetch(ORDERS, first) == orders
        late = [row for row in rows if row.ts < since]
        await stored.add(late)
        await stored.mark(late)
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
            assert await rows_of(connection, FIGURES, "< $1", first) == before
        assert await let_events_go(stored, first, since) > 3
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
            assert await rows_of(connection, FIGURES | VISITS, "is not null") == after


async def test_an_order_whose_events_were_dropped_stays_in_the_ledger_unchanged(database: MigratedDatabase) -> None:
    """Even though its click is dropped before it, and its refund after it."""
    click = replace(shop.at(-60, "page_view", "buyer", "b0", user_id="ann"), origin="Spring")
    refund = shop.at(200, "refund", "buyer", "b1", user_id="ann", transaction_id="T1", value=Decimal("4.5"))
    rows = [click, *shop.a_purchase(), *(shop.at(n, "page_view", "buyer", "b1") for n in range(1, 20)), refund]
    ledger = "select orders, order_revenue, refunds from analytics.get_ledger_totals($1, '2024-04-29', '2024-04-29')"
    async with stored_tenant(database) as stored:
        await stored.settings(Company([], ZoneInfo("UTC"), "USD"))
        await stored.add(rows)
        await stored.mark(rows)
        await stored.writer.execute(
            "insert into data.ad_performance (tenant_id, platform, account_id, campaign_id, campaign_name, day, spend)"
            " values ($1, 'google', 'a1', '1', 'Spring', '2024-04-29', 1)",
            stored.tenant_id,
        )
        await stored.writer.execute(
            "insert into analytics.dirty_key (tenant_id, ad_days) values ($1, '{2024-04-29}')", stored.tenant_id
        )
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
            entries = await connection.fetch(ORDERS, date(2024, 5, 1))
            assert len(entries) > 1
            assert await connection.fetchrow(ledger, stored.tenant_id) == (1, Decimal(16), Decimal("4.5"))
        may = date(2024, 5, 1), datetime(2024, 5, 1, tzinfo=UTC)
        assert await let_events_go(stored, *may, database) > 3
        again = shop.a_purchase(minutes=60 * 24 * 9, value="7")
        late = shop.at(60 * 24 * 9, "refund", "buyer", "b2", user_id="ann", transaction_id="T1", value=Decimal(9))
        await stored.add([*again, late])
        await stored.mark([*again, late])
        for rebuild in (False, True):
            async with as_analytics(database, stored.tenant_id) as connection:
                await refresh(connection, stored.tenant_id, rebuild=rebuild)
                assert await connection.fetch(ORDERS, may[0]) == entries
                assert await connection.fetchrow(ledger, stored.tenant_id) == (1, Decimal(16), Decimal("4.5"))
                assert await connection.fetchval("select count(*) from analytics.refund") == 1
                assert await connection.fetchval("select count(*) from analytics.ledger_entry") == len(entries)
                days, since = Span(may[0], date(2024, 5, 31)), KeptFrom(None, None, may[0])
                assert (await compare_marketing(connection, stored.tenant_id, days, since))[1] == []


async def test_money_of_a_former_currency_is_in_no_sum(database: MigratedDatabase) -> None:
    """Without the events, it cannot be counted again."""
    company = Company([], ZoneInfo("UTC"), "USD")
    async with stored_tenant(database) as stored:
        await stored.settings(company)
        rows = shop.a_day()
        await stored.add(rows)
        await stored.mark(rows)
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
        await let_events_go(stored, date(2024, 6, 1), datetime(2024, 6, 1, tzinfo=UTC))
        await stored.settings(replace(company, currency="EUR"))
        for _ in range(2):
            async with as_analytics(database, stored.tenant_id) as connection:
                await refresh(connection, stored.tenant_id)
                total = await connection.fetchrow(
                    "select * from analytics.get_complete_dashboard_data($1, '2024-04-01', '2024-04-30')"
                    " where period = 'current'",
                    stored.tenant_id,
                )
                online = await connection.fetchval("select sum(revenue) from analytics.traffic_month")
            assert total is not None
            assert (total["revenue"], total["purchases"], total["abandoned_value"], online) == (0, 1, 0, 0)
            assert json.loads(total["unconverted"]) == {"USD": 36.5}
