"""What tests of marketing's writes share: leads as an import puts them in, and what was told of them."""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import msgspec

from common.db import Connection
from common.events.contracts.data_marketing_recorded import MarketingRecorded
from services.data_service.store.events.record_rows import record_rows
from services.data_service.store.events.staged_rows import staged_rows
from tests.data_service.harness import Company, Data


class Touched(NamedTuple):
    """What the events of a write say together."""

    lead_days: Sequence[str] = ()
    lead_ids: Sequence[str] = ()
    ad_days: Sequence[str] = ()
    campaigns: bool = False
    transaction_ids: Sequence[str] = ()
    ledger: bool = False


async def events(data: Data, company: Company) -> list[MarketingRecorded]:
    """What was told since the last look; each is a batch of the same job that answers are to include."""
    rows = await data.admin.fetch(
        "update data.outbox set request_id = 'seen' where tenant_id = $1 and event_type = $2 and request_id <> 'seen'"
        " returning payload",
        *(company.tenant_id, MarketingRecorded.TYPE),
    )
    told = [msgspec.json.decode(row["payload"], type=MarketingRecorded) for row in rows]
    for event in told:
        batch = await data.admin.fetchrow(
            "select job_id from data.batch where tenant_id = $1 and batch_id = $2", company.tenant_id, event.batch_id
        )
        assert batch is not None
        assert batch["job_id"] == event.job_id
    return told


async def touched(data: Data, company: Company) -> Touched:
    """All that was told since the last look."""
    told = await events(data, company)
    return Touched(
        tuple(day for event in told for day in event.lead_days),
        tuple(lead for event in told for lead in event.lead_ids),
        tuple(day for event in told for day in event.ad_days),
        any(event.campaigns for event in told),
        tuple(order for event in told for order in event.transaction_ids),
        any(event.ledger for event in told),
    )


async def record(
    connection: Connection, tenant_id: UUID, table: str, columns: tuple[str, ...], *rows: tuple[str, ...]
) -> None:
    """Rows as an import puts them in."""
    await record_rows(connection, tenant_id, uuid4(), staged_rows(table, columns, rows))


async def record_leads(connection: Connection, tenant_id: UUID, *leads: tuple[str, str]) -> None:
    """Leads: id and day."""
    columns = ("lead_id", "created_day", "attributes")
    await record(connection, tenant_id, "lead", columns, *((*lead, "{}") for lead in leads))


async def backend_of(connection: Connection) -> int:
    """The process that serves a connection."""
    pid: Any = await connection.fetchval("select pg_backend_pid()")
    return pid


async def wait_until_it_blocks(data: Data, pid: int) -> None:
    """Return once somebody waits for that process."""
    async with asyncio.timeout(20):
        while not await data.admin.fetchval(
            "select exists (select from pg_stat_activity where $1 = any(pg_blocking_pids(pid)))", pid
        ):
            await asyncio.sleep(0.01)
