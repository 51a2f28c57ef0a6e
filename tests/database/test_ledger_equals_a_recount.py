"""The ledger's tables against the same counted otherwise, on random histories that change under them."""

from collections import Counter, defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from common.db import Connection
from common.testing.cluster import MigratedDatabase
from services.analytics_service.domain.recount.facts import marketing_facts
from services.analytics_service.domain.recount.ledger import ledger_facts
from services.analytics_service.store.marketing_tables import ALL_DAYS, Rows
from services.analytics_service.store.raw_ledger import LEDGER, read_raw_ledger, read_stored_ledger
from services.analytics_service.store.raw_marketing import read_raw_marketing
from tests.analytics_service.ledger_histories import LedgerHistories
from tests.analytics_service.marketing_histories import FIRST
from tests.analytics_service.stored import as_analytics, refresh, reused_connections

LABELS = ("refund", "window", "time_zone", "duplicate", "untracked", "currency", "thresholded")
COLUMNS = LEDGER["ledger_entry"][1]
WORDS = "select transaction_id, word_id from analytics.ledger_word order by 1, 2"


@asynccontextmanager
async def histories_of(database: MigratedDatabase, seed: int, zone: str) -> AsyncGenerator[LedgerHistories]:
    async with reused_connections(database):
        writer = await asyncpg.connect(database.superuser_dsn)
        try:
            histories = LedgerHistories(seed, writer, uuid4())
            await histories.begin(zone)
            yield histories
        finally:
            await writer.close()


async def counted_ledger(connection: Connection, tenant_id: UUID) -> dict[str, Rows]:
    raw = await read_raw_marketing(connection, tenant_id)
    return ledger_facts(raw, await read_raw_ledger(connection, tenant_id, ALL_DAYS), marketing_facts(raw))


async def lines_of(connection: Connection, tenant_id: UUID) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        "select * from analytics.get_ledger($1, $2, $3, p_limit => 100000)",
        *(tenant_id, FIRST.replace(year=2022), FIRST.replace(year=2026)),
    )
    return [dict(row) for row in rows]


async def test_every_row_equals_a_recount_while_everything_changes(database: MigratedDatabase) -> None:
    seen: Counter[str] = Counter()
    for seed, zone in ((1, "America/New_York"), (2, "Pacific/Auckland")):
        async with histories_of(database, seed, zone) as histories:
            counted, words, told = {}, [], set[tuple[Any, ...]]()
            alone = [change for change in histories.alone for _ in range(3)]
            for change in [*alone, *[histories.change] * 6]:
                await change()
                async with as_analytics(database, histories.tenant_id) as connection:
                    await refresh(connection, histories.tenant_id)
                    counted = await counted_ledger(connection, histories.tenant_id)
                    assert await read_stored_ledger(connection, histories.tenant_id, ALL_DAYS) == counted
                    seen += labels_of(await lines_of(connection, histories.tenant_id))
                    told = await told_refunds(connection, histories.tenant_id)
                    assert await kept_refunds(connection) == told
                    words = await connection.fetch(WORDS)
                entries = [dict(zip(COLUMNS, row, strict=True)) for row in counted["ledger_entry"].values()]
                seen.update(f"entries of {name}" for entry in entries for name in COLUMNS if entry[name])
            async with as_analytics(database, histories.tenant_id) as connection:
                await refresh(connection, histories.tenant_id, rebuild=True)
                assert await read_stored_ledger(connection, histories.tenant_id, ALL_DAYS) == counted
                assert (await connection.fetch(WORDS), await kept_refunds(connection)) == (words, told)
                await contracts_are_those_of_the_campaign_list(connection, histories.tenant_id)
    assert {f"entries of {name}" for name in COLUMNS} | {*LABELS[:-1], "unexplained"} == seen.keys()


def labels_of(lines: list[dict[str, Any]]) -> Counter[str]:
    """Which labels say something; they add up to the gap, and none says more than that."""
    seen: Counter[str] = Counter()
    for line in lines:
        gap = line["claimed_revenue"] - line["our_revenue"]
        gaps = {name: line[f"{name}_gap"] for name in LABELS} | {"unexplained": line["unexplained"]}
        assert sum(gaps.values()) == gap
        assert all(amount * gap >= 0 and abs(amount) <= abs(gap) for amount in gaps.values())
        seen.update(name for name, amount in gaps.items() if amount)
    return seen


async def contracts_are_those_of_the_campaign_list(connection: Connection, tenant_id: UUID) -> None:
    """Day by day and campaign by campaign: leads, contracts, revenue, spend and roas."""
    names = ("platform", "campaign_name", "leads", "n_contracts", "revenue", "spend", "roas")
    by_day: dict[date, Counter[tuple[Any, ...]]] = defaultdict(Counter)
    for line in await lines_of(connection, tenant_id):
        if line["leads"] or line["spend"]:
            by_day[line["dt"]][tuple(line[name] for name in names)] += 1
    assert any(row[3] for rows in by_day.values() for row in rows)
    for day, lines in by_day.items():
        listed = await connection.fetch(
            "select * from analytics.get_campaigns($1, $2, $2, p_limit => 1000)", tenant_id, day
        )
        rows = [tuple(row[name] for name in names) for row in listed if row["leads"] or row["spend"]]
        assert Counter(rows) == lines


async def told_refunds(connection: Connection, tenant_id: UUID) -> set[tuple[Any, ...]]:
    """What refund events say."""
    rows = await connection.fetch(
        "select event_id, extra -> 'params' ->> 'transaction_id', abs(value), upper(currency) from data.other_event"
        " where tenant_id = $1 and event_name = 'refund'",
        tenant_id,
    )
    return {tuple(row) for row in rows}


async def kept_refunds(connection: Connection) -> set[tuple[Any, ...]]:
    """The same as it is kept."""
    rows = await connection.fetch("select event_id, transaction_id, amount, currency from analytics.refund")
    return {tuple(row) for row in rows}
