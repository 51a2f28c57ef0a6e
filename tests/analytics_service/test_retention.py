"""Hours and days dropped by age: the remaining figures stay correct, and nothing else is dropped."""

import io
import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from random import Random
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import polars as pl
import pytest

from common.db import Connection
from common.db.jsonb import to_jsonb
from common.files import FileStore, files_of
from common.jobs import JobContext
from common.testing.cluster import MigratedDatabase
from common.testing.s3 import s3_server
from services.analytics_service.domain.export_month import ExportBroken, export_month
from services.analytics_service.domain.recount.compare import without_dropped
from services.analytics_service.domain.recount.facts import marketing_facts
from services.analytics_service.jobs.check_yesterday import queue_due_checks
from services.analytics_service.jobs.drop_aged import DROP_AGED, drop_aged
from services.analytics_service.store.channels import get_channel_totals
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.marketing_tables import read_stored_marketing
from services.analytics_service.store.raw_marketing import read_raw_marketing
from services.analytics_service.store.retention import DAILY_TABLES, drop_before, get_kept_from
from services.analytics_service.store.website_totals import get_website_totals
from tests.analytics_service import shop
from tests.analytics_service.conftest import Service
from tests.analytics_service.marketing_books import random_books, store_books
from tests.analytics_service.reference import Company
from tests.analytics_service.stored import Stored, as_analytics, refresh, stored_tenant
from tests.analytics_service.test_aggregate_checks import ended
from tests.database.test_marketing_facts import histories_of
from tests.database.test_traffic import tell_of_channels, visit

HOURS = ("lead_hour", "traffic_hour")
MONTHS = ("product_month", "traffic_month", "platform_month", "v6_campaign_roi_monthly")
OTHERS = (
    *MONTHS,
    "fact_leads",
    "fact_leads_month",
    "stray_lead_month",
    "v6_branch_performance",
    "v6_product_performance",
    "session",
    "sale",
)
MONTHLY = (
    *("v6_campaign_roi_monthly", "platform_month", "fact_leads_month", "stray_lead_month"),
    *("v6_branch_performance", "v6_product_performance"),
)
AGES = {"hourly_days": 1, "daily_days": 365, "event_days": None}
PAST = {"date_from": "2024-01-01", "date_to": "2024-05-31"}
# Ranges that begin and end within months whose days were dropped, and the whole months in each.
WITHIN = (
    (("2024-01-10", "2024-04-20"), ("2024-02-01", "2024-03-31")),
    (("2024-02-03", "2024-03-20"), ("2030-02-01", "2030-02-01")),
)
FIGURES = (
    *("dashboard/v5/kpi", "sales/v5/campaigns", "sales/v5/share/platforms", "sales/v5/utm-sources", "branches"),
    *("sales/v6/leads/paid-split/platforms", "campaigns/v5/campaigns/scatter-matrix", "products", "utm-audit"),
    *("campaigns/v7/insights/campaign-performance", "dashboard/{}", "channel/paid-search"),
)
# A vendor tells the sessions of this day by channel; nothing was seen here in its whole month.
VENDORS_DAY = date(2024, 2, 9)
Tables = dict[str, list[tuple[Any, ...]]]


async def tables_of(writer: Connection, tenant_id: UUID) -> Tables:
    """Return the tenant's rows of all tables that are counted from other tables."""
    return {
        table: sorted(
            map(tuple, await writer.fetch(f"select * from analytics.{table} where tenant_id = $1", tenant_id)), key=str
        )
        for table in (*HOURS, *DAILY_TABLES, *OTHERS)
    }


async def set_ages(writer: Connection, tenant_id: UUID, **ages: int | None) -> None:
    statement = "update auth.tenant set retention = $2 where tenant_id = $1"
    await writer.execute(statement, tenant_id, to_jsonb(ages))


async def let_go(service: Service) -> dict[str, Any]:
    answer = await service.client.post("/api/analytics/retention", headers=service.people["admin"].headers)
    assert answer.status_code == 202, answer.text
    return await ended(service, answer.json())


async def checked(service: Service, path: str = "/check", **days: str) -> dict[str, Any]:
    answer = await service.client.post(
        f"/api/analytics/aggregate{path}", json=PAST | days, headers=service.people["manager"].headers
    )
    return (await ended(service, answer.json()))["counts"]


async def fill(database: MigratedDatabase, stored: Stored) -> None:
    """Store five months of marketing and some days of visits in 2024, and rows of today."""
    books = random_books(Random(5), leads=150)
    later = datetime.now(UTC).date() - books.leads[0].day
    books.leads.append(
        replace(books.leads[0], lead_id="early", utm_source="google", utm_campaign="Told later", utm_id="")
    )
    books.leads += [replace(lead, lead_id=f"new {lead.lead_id}", day=lead.day + later) for lead in books.leads[:3]]
    await store_books(stored, books)
    timed = "update data.lead set created_at = created_day + interval '15 hours' where tenant_id = $1"
    await stored.writer.execute(timed, stored.tenant_id)
    today = datetime.now(UTC) - shop.MORNING - timedelta(minutes=40)
    rows = [*shop.a_day(), shop.at(-43_200, "view_item", "early", "e1", items=(shop.item("P1", 2),))]
    anew = [
        replace(row, ts=row.ts + today, event_id=uuid4(), session_id=f"{row.session_id} new") for row in shop.a_day()
    ]
    await stored.add([*rows, *anew])
    await tell_of_channels(stored, VENDORS_DAY, {"direct": 7, "email": 2})
    async with as_analytics(database, stored.tenant_id) as connection:
        await refresh(connection, stored.tenant_id, rebuild=True)


@pytest.fixture
async def neighbour(database: MigratedDatabase) -> AsyncGenerator[Stored]:
    """Create another company with rows of the same days."""
    async with stored_tenant(database) as stored:
        await stored.settings(Company([], ZoneInfo("America/Chicago"), "USD"))
        await fill(database, stored)
        yield stored


async def test_dropped_days_are_exported_to_files_and_everything_else_stays_the_same(
    service: Service, database: MigratedDatabase, neighbour: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, tenant_id = service.stored.writer, service.tenant_id
    await fill(database, service.stored)
    today: date = await writer.fetchval("select (now() at time zone 'America/Chicago')::date") or date.min
    kept_from = (today - timedelta(365)).replace(day=1)
    before, theirs = await tables_of(writer, tenant_id), await tables_of(writer, neighbour.tenant_id)
    kpi = (await service.get("/api/analytics/dashboard/v5/kpi", **PAST)).json()
    reached = [await goal_reached(service, metric) for metric in ("leads", "cpl")]
    assert 0 not in reached
    visited = await visits(service)
    assert not any(0 in reached.values() for reached in visited)
    assert (await new_goal(service, "add_to_carts"))["pace"] == "behind"

    # By default nothing is dropped.
    assert (await let_go(service))["counts"] == {}
    nothing = {"ages": dict.fromkeys(AGES), "kept_from": {"hours": None, "days": None, "events": None}}
    assert (await service.get("/api/analytics/retention")).json() == nothing
    assert await tables_of(writer, tenant_id) == before

    # If the job fails after a file was written, all rows are still there.
    await set_ages(writer, tenant_id, **AGES)
    files: FileStore = service.context.extras["files"]
    with monkeypatch.context() as broken:
        broken.setattr(files, "read", _half_a_file)
        with pytest.raises(ExportBroken):
            await drop_aged(JobContext(service.context, tenant_id, uuid4(), DROP_AGED.name, {}, attempt=1))
        assert (await service.get("/api/analytics/retention/exports")).json()["total"] == 0
    after = await tables_of(writer, tenant_id)
    assert {name: after[name] for name in DAILY_TABLES} == {name: before[name] for name in DAILY_TABLES}

    # Then the days are dropped, and nothing else.
    counts = (await let_go(service))["counts"]
    after = await tables_of(writer, tenant_id)
    for table in DAILY_TABLES:
        left = await writer.fetch(
            f"select distinct day from analytics.{table} where tenant_id = $1 and day < $2", tenant_id, kept_from
        )
        assert left == [], table
        assert counts[table] == len(before[table]) - len(after[table]) > 0, table
        assert after[table], table
    assert {name: after[name] for name in OTHERS} == {name: before[name] for name in OTHERS}
    assert await tables_of(writer, neighbour.tenant_id) == theirs
    said = (await service.get("/api/analytics/retention")).json()
    assert said["kept_from"] == {"hours": str(today - timedelta(1)), "days": str(kept_from), "events": None}

    assert await spent_in_files(service, counts) == Decimal(str(kpi["spend"]))

    # Checks find no differences, rebuilds change nothing, whole months are answered as before, and answers say what is
    # missing.
    assert (await checked(service))["differences"] == 0
    assert await checked(service, "", date_from="2024-04-20") == {"days": 42}
    assert await tables_of(writer, tenant_id) == after
    answer = await service.get("/api/analytics/dashboard/v5/kpi", **PAST)
    assert answer.json() == kpi
    assert json.loads(answer.headers["X-Data-Quality"])["dropped_before"] == {"days": str(kept_from), "events": None}
    assert [await goal_reached(service, metric) for metric in ("leads", "cpl")] == reached
    assert await visits(service) == visited
    await goals_without_some_days_are_not_judged(service)
    for days, months in WITHIN:
        for path in FIGURES:
            assert await figures(service, path, *days) == await figures(service, path, *months), (path, days)
    refused = await saved(service, "daily")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "date")
    assert (await saved(service, "monthly")).status_code == 201

    await late_rows_come_right(service, database, after)
    assert (await checked(service))["differences"] == 0


async def figures(service: Service, path: str, date_from: str, date_to: str) -> Any:
    """Return the totals that a call answers for a range."""
    path = f"/api/analytics/{path.format(service.tenant_id)}"
    told = (await service.get(path, date_from=date_from, date_to=date_to)).json()
    if isinstance(told, dict):
        for left in ("trend", "goals"):
            told.pop(left, None)
        # Days without rates are listed, whether or not their money is part of the answer.
        told.get("kpis", told).pop("unconverted", None)
    return told


async def visits(service: Service) -> list[dict[str, float]]:
    """Return what goals of visits reach, those of the busiest channel and of all, and check that all calls agree."""
    dashboard = (await service.get(f"/api/analytics/dashboard/{service.tenant_id}", **PAST)).json()
    of_company = max(dashboard["channels"], key=itemgetter("sessions"))
    channel = of_company["channel"]
    of_channel = (await service.get(f"/api/analytics/channel/{channel}", **PAST)).json()
    assert of_channel["kpis"]["sessions"] == of_channel["channels"][0]["sessions"] == of_company["sessions"]
    metrics = ("sessions", "page_views", "purchases", "online_revenue", "website_conversion_rate")
    reached = {metric: await goal_reached(service, metric, channel) for metric in metrics}
    assert reached["sessions"] == of_company["sessions"]
    of_all = {metric: (await new_goal(service, metric))["current"] for metric in metrics}
    assert of_all["sessions"] == dashboard["kpis"]["sessions"] > reached["sessions"]
    return [reached, of_all]


async def goals_without_some_days_are_not_judged(service: Service) -> None:
    """Check goals for which not all days are known: those within a month, and those of what has no sums of months."""
    within = {"period_start": "2024-02-03", "period_end": "2024-04-30"}
    for goal in (
        *[await new_goal(service, metric) for metric in ("add_to_carts", "searches")],
        *[await new_goal(service, metric, **within) for metric in ("leads", "sessions", "cpl")],
    ):
        assert (goal["pace"], goal["projected"]) == ("on_track", None), goal


async def goal_reached(service: Service, metric: str, channel: str = "paid-search") -> float:
    """Return the present value of a new goal of a channel over those five months."""
    return (await new_goal(service, metric, channel=channel))["current"]


async def new_goal(service: Service, metric: str, **fields: str) -> dict[str, Any]:
    """Return a new goal, by default of the whole company over those five months."""
    period = {"period_start": PAST["date_from"], "period_end": PAST["date_to"]}
    body = {"name": "Past", "metric": metric, "target": 9, **period, **fields}
    answer = await service.client.post("/api/goals", json=body, headers=service.people["admin"].headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def saved(service: Service, kind: str) -> httpx.Response:
    body = {"type": kind, "date": "2024-03-09"}
    return await service.client.post("/api/analytics", json=body, headers=service.people["admin"].headers)


async def spent_in_files(service: Service, counts: dict[str, int]) -> Decimal:
    """Return the spend in the exported files, which have all dropped rows and are readable by admins only."""
    exports = (await service.get("/api/analytics/retention/exports", limit=500)).json()["data"]
    spent: Any = Decimal(0)
    for table in DAILY_TABLES:
        content = [await fetched(service, one["export_id"]) for one in exports if one["table_name"] == table]
        assert all(name.startswith(f'attachment; filename="{table}-2024-') for name, _ in content)
        assert sum(len(frame) for _, frame in content) == counts[table]
        assert sum(one["rows"] for one in exports if one["table_name"] == table) == counts[table]
        assert all("E" not in total for one in exports for total in one["sums"].values())
        if table == "platform_day":
            spent = sum((frame["spend"].sum() for _, frame in content), Decimal(0))
    for who, status in (("analyst", 403), ("stranger", 404)):
        path = f"/api/analytics/retention/exports/{exports[0]['export_id']}"
        assert (await service.get(path, who)).status_code == status
    return round(spent, 2)


async def late_rows_come_right(service: Service, database: MigratedDatabase, after: Tables) -> None:
    """Check that late rows of dropped days are counted in their months, and restore no day; nor does a full rebuild."""
    writer, tenant_id = service.stored.writer, service.tenant_id
    before_it: dict[str, Any] = {}
    await writer.execute(
        "update data.ad_performance set spend = spend + 1 where tenant_id = $1 and day = '2024-03-09'", tenant_id
    )
    late = replace(shop.an_open_cart(user_id="late")[0], device="late")
    await service.stored.add([late])
    await service.stored.mark([late])
    mark = "insert into analytics.dirty_key (tenant_id, ad_days) values ($1, '{2024-03-09}')"
    await writer.execute(mark, tenant_id)
    for rebuild in (False, True):
        async with as_analytics(database, tenant_id) as connection:
            await refresh(connection, tenant_id, rebuild=rebuild)
            counted = marketing_facts(await read_raw_marketing(connection, tenant_id))
            kept = await read_stored_marketing(connection, tenant_id)
        for table in MONTHLY:
            assert kept[table] == counted[table], table
        before_it = kept
        now = await tables_of(writer, tenant_id)
        assert {name: now[name] for name in DAILY_TABLES} == {name: after[name] for name in DAILY_TABLES}
        products = [[sum(row[n] for row in tables["product_month"]) for n in (-3, -2, -1)] for tables in (after, now)]
        # This is a cart with two products.
        assert [new - old for old, new in zip(*products, strict=True)] == [0, 2, 0]

    # A campaign first reported today is the one that a lead of a dropped day names.
    await writer.execute(
        "insert into data.ad_performance (tenant_id, platform, account_id, campaign_id, campaign_name, day, spend)"
        " values ($1, 'google', 'a1', '77', 'Told later', current_date, 1)",
        tenant_id,
    )
    await writer.execute(
        "insert into analytics.dirty_key (tenant_id, ad_days) values ($1, array[current_date])", tenant_id
    )
    async with as_analytics(database, tenant_id) as connection:
        await refresh(connection, tenant_id)
        kept = await read_stored_marketing(connection, tenant_id)
        counted = marketing_facts(await read_raw_marketing(connection, tenant_id))
    assert kept["fact_leads"] != before_it["fact_leads"]
    for table in (*MONTHLY, "fact_leads"):
        assert kept[table] == counted[table], table


async def _half_a_file(_name: str) -> bytes:
    return b"PAR1"


async def fetched(service: Service, export_id: str) -> tuple[str, pl.DataFrame]:
    answer = await service.get(f"/api/analytics/retention/exports/{export_id}")
    assert answer.status_code == 200, answer.text
    return answer.headers["content-disposition"], pl.read_parquet(io.BytesIO(answer.content))


async def test_hours_are_dropped_by_the_days_of_the_tenants_time_zone(database: MigratedDatabase) -> None:
    """Days of 23 and 25 hours are dropped to the exact hour, as are the days after them; late rows restore none."""
    for day, hours in ((date(2024, 3, 10), 23), (date(2024, 11, 3), 25), (date(2024, 3, 11), 24)):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("America/Chicago")).astimezone(UTC)
        rows = [visit(noon + timedelta(hours=hour, minutes=5), f"s{hour}") for hour in range(-45, 12)]
        async with stored_tenant(database) as stored:
            await stored.settings(Company(rows, ZoneInfo("America/Chicago"), "USD"))
            await stored.add(rows)
            await stored.mark(rows)
            late = visit(noon - timedelta(hours=20), "late")
            async with as_analytics(database, stored.tenant_id) as connection:
                await refresh(connection, stored.tenant_id)
                counted = "select count(*) from analytics.traffic_hour where tenant_id = $1"
                assert await connection.fetchval(counted, stored.tenant_id) == len(rows)
                days = await connection.fetch("select * from analytics.traffic_day order by day")
                await drop_before(connection, stored.tenant_id, hours=day)
                assert await connection.fetchval(counted, stored.tenant_id) == hours
                assert await connection.fetch("select * from analytics.traffic_day order by day") == days
            await stored.add([late])
            await stored.mark([late])
            async with as_analytics(database, stored.tenant_id) as connection:
                await refresh(connection, stored.tenant_id)
                assert await connection.fetchval(counted, stored.tenant_id) == hours
                told = "select sum(sessions) from analytics.traffic_day where tenant_id = $1"
                assert await connection.fetchval(told, stored.tenant_id) == len(rows) + 1


async def test_rates_leave_out_removed_months_in_which_a_vendor_counted_some_visits(database: MigratedDatabase) -> None:
    """Which of such a month's visits were seen here, and could be known to have bought, is stored by day alone."""
    rows = [*shop.a_day(), *shop.a_purchase("T2", minutes=60 * 24 * 30, device="d", session="s")]
    async with stored_tenant(database) as stored:
        await stored.settings(Company(rows, ZoneInfo("America/Chicago"), "USD"))
        await stored.add(rows)
        await stored.mark(rows)
        await tell_of_channels(stored, date(2024, 4, 3), {"direct": 7, "email": 2})
        spring = DateRange(date(2024, 4, 1), date(2024, 5, 31))
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)

            async def visits_of() -> list[tuple[int, int, int]]:
                """Return all sessions, those that were seen, and those of them with a purchase."""
                every = itemgetter("sessions", "seen_sessions", "bought_sessions")
                company = await get_website_totals(connection, stored.tenant_id, spring)
                channel = await get_channel_totals(connection, stored.tenant_id, spring, "direct")
                return [every(company), every(channel)]

            assert await visits_of() == [(15, 6, 2), (13, 6, 2)]
            await drop_before(connection, stored.tenant_id, days=date(2024, 6, 1))
            assert await visits_of() == [(15, 1, 1), (13, 1, 1)]


async def test_each_night_the_removal_is_queued_by_itself(service: Service) -> None:
    await service.record(shop.a_purchase())
    writer = service.stored.writer
    for ages, kinds in (({}, 1), ({"event_days": 90}, 1), ({"daily_days": 365}, 2), ({"hourly_days": 1}, 2)):
        await set_ages(writer, service.tenant_id, **ages)
        await writer.execute("delete from analytics.job")
        await writer.execute("update analytics.rollup_state set check_due_at = now() - interval '1 minute'")
        await queue_due_checks(service.context)
        assert await writer.fetchval("select count(*) from analytics.job") == kinds, ages


async def test_files_in_a_bucket_are_verified_too(database: MigratedDatabase) -> None:
    with s3_server() as bucket:
        files = files_of(bucket.settings(database.settings), "retained")
        async with stored_tenant(database) as stored:
            await stored.settings(Company([], ZoneInfo("UTC"), "USD"))
            await stored.add(shop.a_purchase())
            async with as_analytics(database, stored.tenant_id) as connection:
                await refresh(connection, stored.tenant_id, rebuild=True)
                rows = await export_month(connection, files, stored.tenant_id, "day_total", date(2024, 4, 1))
                noted = await find_noted(connection, stored.tenant_id)
        names = bucket.names()
    assert rows == 2
    assert names == {f"retained/{stored.tenant_id}/day_total/2024-04.parquet"}
    assert noted == (2, '{"events": "2"')


async def find_noted(connection: Connection, tenant_id: UUID) -> tuple[int, str]:
    row = await connection.fetchrow(
        "select rows, left(sums::text, 14) from analytics.retained_export where tenant_id = $1", tenant_id
    )
    assert row is not None
    return row[0], row[1]


@pytest.mark.parametrize(("seed", "zone"), [(31, "America/New_York"), (32, "Europe/Berlin")])
async def test_the_remaining_rows_equal_a_recount_whatever_changes_in_dropped_days(
    database: MigratedDatabase, seed: int, zone: str
) -> None:
    """Leads, contracts, ads, campaigns and rates are added, moved and deleted, also on dropped days."""
    async with histories_of(database, seed, zone) as histories:
        tenant_id, random = histories.tenant_id, histories.random
        for step in range(12):
            for _ in range(random.choice((1, 2, 6))):
                await histories.change()
            async with as_analytics(database, tenant_id) as connection:
                assert await refresh(connection, tenant_id, rebuild=step == 8)
                if step == 2:
                    first: date | None = await connection.fetchval("select max(day) from analytics.platform_day")
                    assert first is not None
                    await drop_before(connection, tenant_id, hours=first, days=first.replace(day=1))
                since = await get_kept_from(connection, tenant_id)
                counted = marketing_facts(await read_raw_marketing(connection, tenant_id))
                kept = await read_stored_marketing(connection, tenant_id)
            for table, rows in counted.items():
                assert kept[table] == without_dropped(table, rows, since), (step, table)
