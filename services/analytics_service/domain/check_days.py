"""Holding what is kept of some days against their raw rows."""

import asyncio
from calendar import monthrange
from datetime import date
from typing import Final
from uuid import UUID

from common.db import Connection, Database
from services.analytics_service.domain.recount.compare import differences, still_there
from services.analytics_service.domain.recount.facts import marketing_facts
from services.analytics_service.domain.recount.ledger import ledger_facts
from services.analytics_service.store.day_totals import kept_day_totals, recount_day_totals
from services.analytics_service.store.differences import Difference
from services.analytics_service.store.dirty_keys import is_dirty
from services.analytics_service.store.marketing_tables import Rows, Span, kept_marketing
from services.analytics_service.store.raw_ledger import LedgerRows, kept_ledger, read_raw_ledger
from services.analytics_service.store.raw_marketing import read_raw_marketing
from services.analytics_service.store.raw_rows import RawRows
from services.analytics_service.store.retention import get_kept_from

# What was written a moment ago may not have been refreshed: only what still differs after this counts.
_PAUSE_SECONDS: Final = 2.0
_MOST_LOOKS: Final = 5


async def check_days(db: Database, tenant_id: UUID, days: Span) -> tuple[int, list[Difference]]:
    """How many rows were compared, and those that differ each time, the last time with nothing to be refreshed.

    Where something always is, they are those that differed in all of several looks.
    """
    rows, found, _ = await _compare(db, tenant_id, days)
    for _ in range(_MOST_LOOKS):
        if not found:
            break
        await asyncio.sleep(_PAUSE_SECONDS)
        before = set(found)
        rows, again, waits = await _compare(db, tenant_id, days)
        found = [one for one in again if one in before]
        if not waits:
            break
    return rows, found


async def _compare(db: Database, tenant_id: UUID, days: Span) -> tuple[int, list[Difference], bool]:
    months = Span(days.first.replace(day=1), _last_of_month(days.last))
    async with db.tenant(tenant_id, readonly=True) as connection:
        # One picture of both sides, however long it takes to read.
        await connection.execute("set transaction isolation level repeatable read")
        waits = await is_dirty(connection, tenant_id)
        raw = await read_raw_marketing(connection, tenant_id, months)
        ledger = await read_raw_ledger(connection, tenant_id, months)
        kept = await kept_marketing(connection, tenant_id, months) | await kept_ledger(connection, tenant_id, months)
        totals = await _totals(connection, tenant_id, days)
        since = await get_kept_from(connection, tenant_id)
    counted = await asyncio.to_thread(_counted, raw, ledger)
    kept["day_total"], counted["day_total"] = totals
    found = [
        one
        for table in counted
        for one in differences(table, still_there(table, kept[table], since), still_there(table, counted[table], since))
    ]
    return sum(map(len, counted.values())), found, waits


def _counted(raw: RawRows, ledger: LedgerRows) -> dict[str, Rows]:
    facts = marketing_facts(raw)
    return facts | ledger_facts(raw, ledger, facts)


async def _totals(connection: Connection, tenant_id: UUID, days: Span) -> tuple[Rows, Rows]:
    kept = await kept_day_totals(connection, tenant_id, days)
    return kept, await recount_day_totals(connection, tenant_id, days)


def _last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
