"""Benchmark of the audit log: a page by each filter at a million entries, relative to a log of ten thousand."""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from uuid import UUID

import asyncpg

from common.db import Database
from common.pagination import PageParams
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.measure import Measure
from services.auth_service.store.audit import AuditFilters, list_entries

_ROUNDS = 15
_LARGE, _SMALL = UUID(int=1), UUID(int=2)
_ENTRIES = {_LARGE: 1_000_000, _SMALL: 10_000}
_RARE = "rare.happened"
# A thousand people, forty actions, one entry in a thousand refused, and an action with only ten entries.
_FILL = """
    insert into auth.audit_entry (tenant_id, occurred_at, entry_id, action, outcome, actor_id, actor_kind, actor,
        target, detail, service, address, request_id)
    select $1, timestamptz '2025-01-01' + n * interval '30 seconds', gen_random_uuid(),
        case when n % ($2 / 10) = 0 then 'rare.happened' else 'noun' || n % 8 || '.verb' || n % 5 end,
        case when n % 1000 = 0 then 'refused' else 'done' end,
        ('00000000-0000-0000-0000-' || lpad((n % 1000)::text, 12, '0'))::uuid, 'account',
        'person' || n % 1000 || '@example.com', 'target ' || n % 5000, '{"name": "something that changed"}',
        (array['auth', 'data', 'email'])[n % 3 + 1], '192.0.2.1', md5(n::text)
    from generate_series(1, $2::int) n
"""
_FILTERS = {
    "no filter": AuditFilters(),
    "actor's id": AuditFilters(actor_id=UUID(int=7)),
    "actor's email": AuditFilters(actor="person7@example.com"),
    "action": AuditFilters(action=_RARE),
    "noun": AuditFilters(noun="noun3"),
    "outcome": AuditFilters(outcome="refused"),
    "target": AuditFilters(target="target 7"),
    "service": AuditFilters(service="email"),
}


def measure() -> list[Measure]:
    """Measure the milliseconds of a page of 50 entries with its total. Counting the total is the part that grows."""
    with (
        tempfile.TemporaryDirectory() as home,
        postgres_cluster() as cluster,
        cluster.database(Path(home)) as database,
    ):
        return asyncio.run(_measured(database))


async def _measured(database: MigratedDatabase) -> list[Measure]:
    superuser = await asyncpg.connect(database.superuser_dsn, command_timeout=600)
    await superuser.execute("set session_replication_role = replica")
    for tenant_id, entries in _ENTRIES.items():
        await superuser.execute(_FILL, tenant_id, entries)
    await superuser.execute("vacuum analyze auth.audit_entry")
    await superuser.close()
    db = await Database.connect(database.settings.dsn("auth"), name="bench")
    pages = [(name, filters, PageParams()) for name, filters in _FILTERS.items()]
    found = [await _compared(db, *page) for page in pages]
    await db.close()
    return found


async def _compared(db: Database, name: str, filters: AuditFilters, page: PageParams) -> Measure:
    large = await _milliseconds(db, _LARGE, filters, page)
    small = await _milliseconds(db, _SMALL, filters, PageParams())
    return Measure(
        f"audit log of 1,000,000 entries, a page by {name}",
        large,
        "ms",
        # The page itself costs the same; the count grows with the number of matching entries.
        hold=1.5 * _ENTRIES[_LARGE] / _ENTRIES[_SMALL],
        aim=_ENTRIES[_LARGE] / _ENTRIES[_SMALL],
        baseline=small,
        baseline_what="the same of 10,000",
        higher_is_better=False,
    )


async def _milliseconds(db: Database, tenant_id: UUID, filters: AuditFilters, page: PageParams) -> float:
    milliseconds: list[float] = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        async with db.tenant(tenant_id, readonly=True) as connection:
            rows, _total = await list_entries(connection, tenant_id, filters, page)
        milliseconds.append((time.perf_counter() - began) * 1000)
        assert rows, filters
    return statistics.median(milliseconds)
