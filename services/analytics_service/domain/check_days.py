"""Holding what is kept of some days against their raw rows."""

import asyncio
from calendar import monthrange
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from common.db import Connection, Database
from services.analytics_service.domain.recount.compare import differences, first_kept, still_there
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
    kept_beside,
    kept_day,
    kept_month,
    kept_of_no_device,
    recount_follow_ups,
)
from services.analytics_service.store.marketing_tables import Rows, Span, kept_marketing
from services.analytics_service.store.raw_days import read_raw_day
from services.analytics_service.store.raw_ledger import LedgerRows, kept_ledger, read_raw_ledger
from services.analytics_service.store.raw_marketing import read_raw_marketing, read_rules
from services.analytics_service.store.raw_rows import RawRows
from services.analytics_service.store.retention import KeptFrom, get_kept_from

# What was written a moment ago may not have been refreshed: only what still differs after this counts.
_PAUSE_SECONDS: Final = 2.0
_MOST_LOOKS: Final = 5
Found = tuple[int, list[Difference]]
# Called after each day that was looked at.
Looked = Callable[[], Awaitable[None]]


async def check_days(db: Database, tenant_id: UUID, days: Span, looked: Looked) -> Found:
    """How many rows were compared, and those that differ each time, the last time with nothing to be refreshed.

    The days are of one calendar month. Where something always is to be refreshed, they are those that differed in all
    of several looks.
    """
    rows, found, _ = await _compare(db, tenant_id, days, looked)
    for _ in range(_MOST_LOOKS):
        if not found:
            break
        await asyncio.sleep(_PAUSE_SECONDS)
        before = set(found)
        rows, again, waits = await _compare(db, tenant_id, days, looked)
        found = [one for one in again if one in before]
        if not waits:
            break
    return rows, found


async def _compare(db: Database, tenant_id: UUID, days: Span, looked: Looked) -> tuple[int, list[Difference], bool]:
    async with db.tenant(tenant_id, readonly=True) as connection:
        # One picture of both sides, however long it takes to read.
        await connection.execute("set transaction isolation level repeatable read")
        waits = await is_dirty(connection, tenant_id)
        since = await get_kept_from(connection, tenant_id)
        rows, found = await compare_marketing(connection, tenant_id, days, since)
        more, differ = await compare_events(connection, tenant_id, days, since, looked)
    return rows + more, found + differ, waits


async def compare_marketing(connection: Connection, tenant_id: UUID, days: Span, since: KeptFrom) -> Found:
    """Marketing's tables and the ledger's, of whole months."""
    months = Span(days.first.replace(day=1), _last_of_month(days.last))
    raw = await read_raw_marketing(connection, tenant_id, months)
    ledger = await read_raw_ledger(connection, tenant_id, months)
    kept = await kept_marketing(connection, tenant_id, months) | await kept_ledger(connection, tenant_id, months)
    counted = await asyncio.to_thread(_marketing_of, raw, ledger)
    return _held_against(
        {table: still_there(table, rows, since) for table, rows in kept.items()},
        {table: still_there(table, rows, since) for table, rows in counted.items()},
    )


def _marketing_of(raw: RawRows, ledger: LedgerRows) -> dict[str, Rows]:
    facts = marketing_facts(raw)
    return facts | ledger_facts(raw, ledger, facts)


async def compare_events(connection: Connection, tenant_id: UUID, days: Span, since: KeptFrom, looked: Looked) -> Found:
    """The tables of events, a day at a time: never more than that is in memory. Days of one month."""
    rules, month = await read_rules(connection), days.first.replace(day=1)
    # By table what the sums of the month are of. What was searched and sold is summed once the month is over.
    parts = ["product_day", "traffic_day"]
    if month < (await get_tops_until(connection, tenant_id) or month):
        parts += ["session_search", "sale"]
    summed = {table: [await kept_beside(connection, tenant_id, table, days, month)] for table in parts}
    rows, found = 0, differences("device_user", await kept_of_no_device(connection, tenant_id), {})
    for number in range((days.last - days.first).days + 1):
        day = days.first + timedelta(days=number)
        raw = await read_raw_day(connection, tenant_id, day, rules)
        kept = await kept_day(connection, tenant_id, day)
        counted = await asyncio.to_thread(day_facts, raw)
        counted["follow_up"] = await recount_follow_ups(connection, tenant_id, day)
        counted["follow_up_total"] = follow_up_totals(counted["follow_up"])
        for table, some in summed.items():
            some.append(counted[table])
        there = {table: some for table, some in counted.items() if day >= (first_kept(table, since) or day)}
        more, differ = _held_against(kept, there)
        rows, found = rows + more, found + differ
        await looked()
    is_whole = days == Span(month, _last_of_month(month))
    # (of a month whose events have left in part, or whose other days are not there to be added)
    if (since.events and month < since.events) or (since.days and month < since.days and not is_whole):
        return rows, found
    of_month = month_facts(month, summed["product_day"], summed["traffic_day"])
    of_month |= month_tops(month, summed.get("session_search", []), summed.get("sale", []))
    more, differ = _held_against(await kept_month(connection, tenant_id, month), of_month)
    return rows + more, found + differ


def _held_against(kept: dict[str, Rows], counted: dict[str, Rows]) -> Found:
    found = [one for table in counted for one in differences(table, kept[table], counted[table])]
    return sum(map(len, counted.values())), found


def _last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
