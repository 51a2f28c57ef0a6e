"""Checks the stored aggregates of some days: counts them again from raw rows and compares."""

import asyncio
from calendar import monthrange
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from common.db import Connection, Database
from services.analytics_service.domain.recount.compare import differences, first_complete_day, without_dropped
from services.analytics_service.domain.recount.day_sums import day_facts
from services.analytics_service.domain.recount.facts import marketing_facts
from services.analytics_service.domain.recount.follow_ups import follow_up_totals
from services.analytics_service.domain.recount.ledger import ledger_facts
from services.analytics_service.domain.recount.month_sums import month_facts
from services.analytics_service.domain.recount.month_tops import month_tops
from services.analytics_service.store.differences import Difference
from services.analytics_service.store.dirty_keys import is_dirty
from services.analytics_service.store.event_tables import (
    get_tops_until,
    read_orphan_device_users,
    read_other_days,
    read_stored_day,
    read_stored_month,
    recount_follow_ups,
)
from services.analytics_service.store.marketing_tables import Rows, Span, read_stored_marketing
from services.analytics_service.store.raw_days import read_raw_day
from services.analytics_service.store.raw_ledger import LedgerRows, read_raw_ledger, read_stored_ledger
from services.analytics_service.store.raw_marketing import read_raw_marketing, read_rules
from services.analytics_service.store.raw_rows import RawRows
from services.analytics_service.store.retention import KeptFrom, get_kept_from

# Rows written a moment ago may not be refreshed yet, so only differences that persist after this pause count.
_PAUSE_SECONDS: Final = 2.0
_MAX_REPEATS: Final = 5
# The number of rows compared, and those that differ.
Comparison = tuple[int, list[Difference]]
# Called after each day that was checked.
OnDayChecked = Callable[[], Awaitable[None]]


async def check_days(db: Database, tenant_id: UUID, days: Span, on_day_checked: OnDayChecked) -> Comparison:
    """Return how many rows were compared, and those that differ.

    The days must be of one calendar month. If rows differ, the comparison is repeated until nothing waits to be
    refreshed; if that never happens, a few times. Only rows that differ in every comparison are returned.
    """
    rows, found, _ = await _compare(db, tenant_id, days, on_day_checked)
    for _ in range(_MAX_REPEATS):
        if not found:
            break
        await asyncio.sleep(_PAUSE_SECONDS)
        before = set(found)
        rows, repeated, is_waiting = await _compare(db, tenant_id, days, on_day_checked)
        found = [difference for difference in repeated if difference in before]
        if not is_waiting:
            break
    return rows, found


async def _compare(
    db: Database, tenant_id: UUID, days: Span, on_day_checked: OnDayChecked
) -> tuple[int, list[Difference], bool]:
    """Compare once. Also returns whether something of the tenant waited to be refreshed."""
    async with db.tenant(tenant_id, readonly=True) as connection:
        # One snapshot of both sides, however long reading takes.
        await connection.execute("set transaction isolation level repeatable read")
        is_waiting = await is_dirty(connection, tenant_id)
        kept_from = await get_kept_from(connection, tenant_id)
        marketing_rows, marketing = await compare_marketing(connection, tenant_id, days, kept_from)
        event_rows, events = await compare_events(connection, tenant_id, days, kept_from, on_day_checked)
    return marketing_rows + event_rows, marketing + events, is_waiting


async def compare_marketing(connection: Connection, tenant_id: UUID, days: Span, kept_from: KeptFrom) -> Comparison:
    """Compare marketing's and the ledger's tables, for the whole months of the days."""
    months = Span(days.first.replace(day=1), _last_of_month(days.last))
    raw = await read_raw_marketing(connection, tenant_id, months)
    ledger = await read_raw_ledger(connection, tenant_id, months)
    stored = await read_stored_marketing(connection, tenant_id, months)
    stored |= await read_stored_ledger(connection, tenant_id, months)
    counted = await asyncio.to_thread(_count_marketing, raw, ledger)
    return _all_differences(
        {table: without_dropped(table, rows, kept_from) for table, rows in stored.items()},
        {table: without_dropped(table, rows, kept_from) for table, rows in counted.items()},
    )


def _count_marketing(raw: RawRows, ledger: LedgerRows) -> dict[str, Rows]:
    facts = marketing_facts(raw)
    return facts | ledger_facts(raw, ledger, facts)


async def compare_events(
    connection: Connection, tenant_id: UUID, days: Span, kept_from: KeptFrom, on_day_checked: OnDayChecked
) -> Comparison:
    """Compare the event tables of days of one month, one day at a time to limit memory."""
    rules, month = await read_rules(connection), days.first.replace(day=1)
    # The daily tables that the month's sums are made of. Searches and sales are summed only once the month is over.
    parts = ["product_day", "traffic_day"]
    if month < (await get_tops_until(connection, tenant_id) or month):
        parts += ["session_search", "sale"]
    month_parts = {table: [await read_other_days(connection, tenant_id, table, days, month)] for table in parts}
    rows, found = 0, differences("device_user", await read_orphan_device_users(connection, tenant_id), {})
    for number in range((days.last - days.first).days + 1):
        day = days.first + timedelta(days=number)
        raw = await read_raw_day(connection, tenant_id, day, rules)
        stored = await read_stored_day(connection, tenant_id, day)
        counted = await asyncio.to_thread(day_facts, raw)
        counted["follow_up"] = await recount_follow_ups(connection, tenant_id, day)
        counted["follow_up_total"] = follow_up_totals(counted["follow_up"])
        for table, day_rows in month_parts.items():
            day_rows.append(counted[table])
        complete = {
            table: table_rows
            for table, table_rows in counted.items()
            if day >= (first_complete_day(table, kept_from) or day)
        }
        day_count, day_differences = _all_differences(stored, complete)
        rows, found = rows + day_count, found + day_differences
        await on_day_checked()
    is_whole = days == Span(month, _last_of_month(month))
    # A month cannot be counted if some of its events or its other days were dropped.
    if (kept_from.events and month < kept_from.events) or (kept_from.days and month < kept_from.days and not is_whole):
        return rows, found
    counted_month = month_facts(month, month_parts["product_day"], month_parts["traffic_day"])
    counted_month |= month_tops(month, month_parts.get("session_search", []), month_parts.get("sale", []))
    stored_month = await read_stored_month(connection, tenant_id, month)
    month_count, month_differences = _all_differences(stored_month, counted_month)
    return rows + month_count, found + month_differences


def _all_differences(stored: dict[str, Rows], counted: dict[str, Rows]) -> Comparison:
    found = [difference for table in counted for difference in differences(table, stored[table], counted[table])]
    return sum(map(len, counted.values())), found


def _last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
