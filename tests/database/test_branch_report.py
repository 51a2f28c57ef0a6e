"""The report of a day: what the SQL function gives, against the reference and at its edges."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from common.testing.cluster import MigratedDatabase
from tests.analytics_service import shop
from tests.analytics_service.histories import Histories
from tests.analytics_service.reference import Company, Reference, Row
from tests.analytics_service.stored import as_analytics, refresh, stored_tenant

DAY = date(2024, 4, 29)
NEXT_MORNING = datetime(2024, 4, 30, 12, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")


async def report(
    database: MigratedDatabase,
    company: Company,
    day: date,
    sent_at: datetime,
    function: str = "get_branch_report_tasks",
) -> list[Any]:
    async with stored_tenant(database) as stored:
        await stored.settings(company)
        await stored.homes(company)
        await stored.add(company.rows)
        await stored.mark(company.rows)
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
            values = [stored.tenant_id, day, *([sent_at] if function == "get_branch_report_tasks" else [])]
            places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
            return await connection.fetch(f"select * from analytics.{function}({places})", *values)


async def reported(database: MigratedDatabase, rows: list[Row], sent_at: datetime = NEXT_MORNING) -> list[Any]:
    return await report(database, Company(rows, CHICAGO, "USD"), DAY, sent_at)


@pytest.mark.parametrize("seed", range(200, 206))
async def test_the_report_holds_what_the_definitions_say(database: MigratedDatabase, seed: int) -> None:
    histories = Histories(seed)
    histories.rows(150)
    reference = Reference(histories.company)
    day = histories.begin.date() + timedelta(days=8)
    # Long after: nothing more can happen to the day, and the lists' own rules say it all.
    sent_at = reference.midnight(day + timedelta(days=30))
    found = {
        (row["kind"], row["location_id"], row["u"], row["last_activity_at"])
        for row in await report(database, histories.company, day, sent_at)
    }
    carts = reference.carts(day, day, 24 * 30)
    repeats = reference.repeat_visits(day - timedelta(days=13), day)
    searches = reference.searches(day, day).values()
    expected = {
        "purchases": list(reference.transactions(day, day).values()),
        "cart-abandonment": list(carts.values()),
        "search-analysis": [task for task in searches if task["outcome"] == "no_results"],
        "repeat-visits": [task for task in repeats.values() if task["days"][-1] == day],
    }
    assert found == {
        (kind, task["location_id"], task["u"], task["last_activity_at"])
        for kind, tasks in expected.items()
        for task in tasks
        if task["location_id"] is not None
    }


async def test_a_day_has_all_four_kinds_with_what_an_email_needs(database: MigratedDatabase) -> None:
    rows = {row["kind"]: row for row in await reported(database, shop.a_day())}
    assert set(rows) == {"purchases", "cart-abandonment", "search-analysis", "repeat-visits"}
    assert rows["cart-abandonment"]["value"] == 16
    assert rows["search-analysis"]["search_term"] == "left-handed hammer"
    assert rows["repeat-visits"]["visit_days"] == [date(2024, 4, 28), DAY]


async def test_a_cart_waits_for_an_hour_of_silence(database: MigratedDatabase) -> None:
    (cart,) = shop.an_open_cart()
    assert await reported(database, [cart], cart.ts + timedelta(minutes=59)) == []
    assert len(await reported(database, [cart], cart.ts + timedelta(minutes=60))) == 1


async def test_a_purchase_counts_from_when_it_happened_and_not_before(database: MigratedDatabase) -> None:
    rows = [*shop.an_open_cart(), *shop.a_purchase(minutes=1200, user_id="bob", device="x", session="y")]
    assert await reported(database, rows, rows[1].ts) == []
    (cart,) = await reported(database, rows, rows[1].ts - timedelta(seconds=1))
    assert cart["kind"] == "cart-abandonment"


async def test_the_last_order_before_stands_beside_the_cart(database: MigratedDatabase) -> None:
    earlier = shop.a_purchase(minutes=-60_000, user_id="bob", device="x", session="y", value="168.66")
    (cart,) = await reported(database, [*earlier, *shop.an_open_cart()])
    assert (cart["last_order_at"], str(cart["last_order_value"])) == (earlier[0].ts, "168.66")


async def test_tasks_of_no_branch_are_in_no_report(database: MigratedDatabase) -> None:
    assert await reported(database, shop.an_open_cart(location_id=None)) == []


async def test_each_branch_has_its_visits_of_fourteen_days(database: MigratedDatabase) -> None:
    far = [replace(row, location_id="S", device=f"s-{row.device}") for row in shop.two_visits()]
    company = Company([*shop.a_day(), *far], CHICAGO, "USD")
    north, south = await report(database, company, DAY, NEXT_MORNING, "get_branch_report_days")
    assert (north["location_id"], north["visits"][-2:], sum(north["visits"])) == ("N", [1, 4], 5)
    assert len(south["visits"]) == 14
    assert south["last_event_at"] == far[-1].ts
