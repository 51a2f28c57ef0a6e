"""The tables of events' figures against the same counted otherwise, on random histories that change under them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from json import dumps
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from common.db import Connection
from common.testing.cluster import MigratedDatabase
from services.analytics_service.domain.check_days import compare_events, compare_marketing
from services.analytics_service.domain.recount.day_sums import key_of
from services.analytics_service.jobs.rebuild_aggregates import months_of
from services.analytics_service.store.differences import Difference
from services.analytics_service.store.dirty_keys import mark_days
from services.analytics_service.store.event_tables import EVENT_TABLES, MONTH_TABLES
from services.analytics_service.store.marketing_tables import COLUMNS, Span
from services.analytics_service.store.raw_ledger import LEDGER
from services.analytics_service.store.retention import KeptFrom
from tests.analytics_service.histories import Histories
from tests.analytics_service.marketing_histories import MarketingHistories
from tests.analytics_service.reference import Row
from tests.analytics_service.stored import Stored, as_analytics, refresh, stored_tenant
from tests.database.test_functions_equal_the_reference import change_something
from tests.database.test_recovery_equals_the_reference import Teller, tasks_of
from tests.database.test_traffic import tell_of_channels

EVERYTHING = KeptFrom(None, None, None)


async def nothing() -> None:
    """Nobody is told."""


def days_of(histories: Histories) -> Span:
    """All of the history, and a day without rows at either end."""
    first = histories.begin.date()
    return Span(first - timedelta(days=2), first + timedelta(days=16))


async def compared(connection: Connection, stored: Stored, days: Span) -> tuple[int, list[Difference]]:
    rows, found = 0, list[Difference]()
    for month in months_of(days):
        more, differ = await compare_events(connection, stored.tenant_id, month, EVERYTHING, nothing)
        rows, found = rows + more, found + differ
    return rows, found


async def begun(histories: Histories, stored: Stored, rows: int) -> None:
    await stored.settings(histories.company)
    await stored.homes(histories.company)
    await stored.rates(histories.company)
    made = histories.rows(rows)
    await stored.add(made)
    await stored.mark(made)


async def tell_of_tasks(database: MigratedDatabase, teller: Teller, days: range) -> None:
    """Some of the tasks that there are get into reports of these days, and some are worked."""
    async with as_analytics(database, teller.stored.tenant_id) as connection:
        tasks = await tasks_of(connection)
    await teller.tell(tasks, days)
    teller.work(tasks, days)
    await teller.store()


@pytest.mark.parametrize("seed", range(600, 603))
async def test_every_row_equals_a_recount_while_the_rows_change(database: MigratedDatabase, seed: int) -> None:
    histories = Histories(seed)
    async with stored_tenant(database) as stored:
        await begun(histories, stored, 120)
        teller = Teller(histories, stored)
        for step in range(3):
            async with as_analytics(database, stored.tenant_id) as connection:
                assert await refresh(connection, stored.tenant_id)
                assert (await compared(connection, stored, days_of(histories)))[1] == []
            for _ in range(histories.random.choice((1, 3, 5))):
                await change_something(histories, stored)
            await tell_of_tasks(database, teller, range(5 * step, 5 * step + 5))
            day = histories.begin.date() + timedelta(days=histories.random.randrange(20))
            await tell_of_channels(stored, day, {"direct": 3, "email": 1})


TABLES_OF_ANALYTICS = Path(__file__).parents[2] / "database/tables/analytics"
# What no check counts, and why.
NOT_COUNTED = {
    "what is to be done, and how far it is": ("dirty_key", "rollup_state"),
    "what checks found": ("difference",),
    "what was true when it was written": ("closed_day", "figure_change", "snapshot"),
    "what people say": ("goal", "task_status"),
    "where to find what left by age": ("retained_export",),
    "what orders of the ledger are found by; what they add to it is counted": ("ledger_word",),
    "rules, the same for every tenant": (
        "rule_digest",
        *("channel_rule", "channel_source", "paid_medium", "platform_host", "platform_source"),
    ),
    "an index of data.users, no figure (tests/analytics_service/test_search.py)": ("user_search", "user_search_word"),
}
COUNTED = {*EVENT_TABLES, *MONTH_TABLES, *COLUMNS}
_WORD = ("meta", "name", "nothing")
# Of each table what makes one of its rows wrong, and what makes a copy of one another row that nothing stands behind.
WRONG = {
    # (of no user, as nobody's device_user below knows better)
    "visit_day": ("u = 'x'", {"user_pseudo_id": "nobody", "user_id": ""}),
    "user_day": ("prev_day = day - 1000", {"u": "nobody"}),
    "device_user": ("user_id = 'x'", {"user_pseudo_id": "nobody"}),
    "session": ("page_views = page_views + 1", {"user_pseudo_id": "nobody"}),
    "open_cart": ("amount = coalesce(amount, 0) + 1", {"user_pseudo_id": "nobody"}),
    "session_search": ("searches = searches + 1", {"user_pseudo_id": "nobody"}),
    "buy": ("u = 'x'", {"event_id": str(UUID(int=1)), "user_pseudo_id": "nobody"}),
    "refund": ("amount = amount + 1", {"event_id": str(UUID(int=1)), "user_pseudo_id": "nobody"}),
    "sale": ("value = coalesce(value, 0) + 1", {"transaction_id": "nothing"}),
    "day_total": ("abandoned_value = abandoned_value + 1", {"location_id": "nowhere"}),
    "product_day": ("views = views + 1", {"item_key": str(UUID(int=1)), "item_id": "nothing"}),
    "follow_up": ("is_recovered = not is_recovered", {"task_key": "nothing"}),
    "follow_up_total": ("tasks = tasks + 1", {"rep": "nobody"}),
    "traffic_hour": ("revenue = revenue + 1", {"channel": "nothing"}),
    "traffic_day": ("told_by_vendor = not told_by_vendor", {"channel": "nothing"}),
    "product_month": ("item_name = 'x'", {"item_key": str(UUID(int=1)), "item_id": "nothing"}),
    "traffic_month": ("sessions = sessions + 1", {"channel": "nothing"}),
    "search_term_month": ("searches = searches + 1", {"term_key": str(UUID(int=1)), "search_term": "nothing"}),
    "item_sale_month": ("revenue = revenue + 1", {"item_key": str(UUID(int=1)), "item_id": "nothing"}),
    "campaign": ("name = 'x'", {"campaign_ref": "nothing"}),
    "campaign_word": (
        "campaign_ref = 'x'",
        {"word_id": str(key_of("\x1f".join(_WORD))), **dict(zip(("platform", "kind", "word"), _WORD, strict=True))},
    ),
    "campaign_month": ("name = 'x'", {"campaign_key": "nothing"}),
    "fact_leads": ("utm_source = 'x'", {"lead_id": "nobody"}),
    "fact_leads_month": ("leads = leads + 1", {"fact_id": str(UUID(int=1)), "channel": "nothing"}),
    "stray_lead_month": ("leads = leads + 1", {"kind_id": str(UUID(int=1)), "utm_campaign": "nothing"}),
    "lead_channel_day": ("leads = leads + 1", {"channel": "nothing"}),
    "lead_hour": ("leads[1] = leads[1] + 1", {"channel": "nothing"}),
    "v6_product_performance": ("leads = leads + 1", {"product_key": str(UUID(int=1)), "product_id": "nothing"}),
    "v6_branch_performance": ("revenue = revenue + 1", {"location_id": "nowhere"}),
    "v6_campaign_roi_daily": ("spend = spend + 1", {"campaign_ref": "nothing"}),
    "v6_campaign_roi_monthly": ("clicks = clicks + 1", {"campaign_ref": "nothing"}),
    "platform_day": ("paid_leads = paid_leads + 1", {"platform": "nothing"}),
    "platform_month": ("spend = spend + 1", {"platform": "nothing"}),
    "unconverted_day": ("amount = amount + 1", {"currency": "XXX"}),
}

SPOILS = (
    "update analytics.{table} set {change} where ctid = {row}",
    "delete from analytics.{table} where ctid = {row}",
    (
        "insert into analytics.{table} select (jsonb_populate_record(t, '{other_key}')).* from analytics.{table} t"
        " where ctid = {row}"
    ),
)


async def test_every_table_of_figures_is_counted_by_a_check() -> None:
    tables = {file.stem for file in TABLES_OF_ANALYTICS.glob("*.sql")}
    assert tables == COUNTED | set(LEDGER) | {table for some in NOT_COUNTED.values() for table in some}
    assert set(WRONG) == COUNTED


async def wrong_tables(database: MigratedDatabase, stored: Stored, days: Span) -> set[str]:
    """The tables of which a check finds something in these days."""
    async with as_analytics(database, stored.tenant_id) as connection:
        found = (await compare_marketing(connection, stored.tenant_id, days, EVERYTHING))[1]
        found += (await compare_events(connection, stored.tenant_id, days, EVERYTHING, nothing))[1]
    return {one.table for one in found}


async def mended(database: MigratedDatabase, stored: Stored, days: Span | None) -> None:
    """Have the days made anew, as a check does that is to mend them."""
    async with as_analytics(database, stored.tenant_id) as connection:
        if days:
            await mark_days(connection, stored.tenant_id, uuid4(), *days)
        assert await refresh(connection, stored.tenant_id)


def refunds(row: Row) -> list[Row]:
    """Of a day in March: by what each says, or does not say, was given back."""
    lines = ({"item_id": "P1", "price": 2.5, "quantity": 3}, {"item_id": "P2", "price": 1}, {"item_id": "P3"})
    said: list[dict[str, Any]] = [
        {"value": Decimal("-4.25"), "currency": "eur"},
        {"items": lines},
        {"items": lines[2:]},
        {"transaction_id": None, "value": Decimal(7)},
    ]
    plain = replace(row, kind="refund", ts=datetime(2024, 3, 20, tzinfo=UTC), value=None, currency=None, items=())
    return [
        replace(plain, **{"event_id": UUID(int=10 + n), "transaction_id": "T0"} | more) for n, more in enumerate(said)
    ]


async def test_what_is_wrong_in_any_table_is_found_and_mended(database: MigratedDatabase) -> None:
    histories = Histories(605)
    days = Span(date(2024, 3, 8), date(2024, 3, 24))
    histories.begin = datetime(2024, 3, 9, tzinfo=UTC)
    async with stored_tenant(database) as stored:
        await begun(histories, stored, 60)
        marketing = MarketingHistories(11, stored.writer, stored.tenant_id)
        for _ in range(30):
            await marketing.change()
        await mended(database, stored, None)
        nobody = replace(histories.company.rows[0], device=None, user_id=None, session_id=None)
        more = [
            # Somebody comes by in April: March is over.
            replace(nobody, event_id=UUID(int=2), kind="page_view", ts=datetime(2024, 4, 3, tzinfo=UTC)),
            *refunds(nobody),
        ]
        await stored.add(more)
        await stored.mark(more)
        await tell_of_tasks(database, Teller(histories, stored), range(16))
        await mended(database, stored, None)
        assert await wrong_tables(database, stored, days) == set()
        for spoil in SPOILS:
            for table, (change, other_key) in WRONG.items():
                row = f"(select ctid from {_of_days(table)} order by t::text limit 1)"
                statement = spoil.format(table=table, change=change, other_key=dumps(other_key), row=row)
                assert (await stored.writer.execute(statement))[-2:] == " 1", statement
            assert await wrong_tables(database, stored, days) >= COUNTED, spoil
            await mended(database, stored, days)
            assert await wrong_tables(database, stored, days) == set(), spoil


def _of_days(table: str) -> str:
    """A table's rows of these days."""
    keys, others, *_ = (EVENT_TABLES | MONTH_TABLES | COLUMNS)[table]
    day = next((name for name in ("day", "month") if name in (*keys, *others)), None)
    return f"analytics.{table} t" + (f" where {day} between '2024-03-01' and '2024-03-31'" if day else "")
