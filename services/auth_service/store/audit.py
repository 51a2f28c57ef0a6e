"""The audit log: rows are added and read. No role may do anything else with them."""

from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb
from common.events.contracts.audit_entry_recorded import AuditEntryRecorded
from common.pagination import PageParams

# What an index takes; longer texts come from nobody who means well.
_MOST_CHARACTERS = 500
_SHOWN = (
    "entry_id as id, occurred_at, action, outcome, actor_kind, actor_id, actor, target, detail, count,"
    " service, address, request_id"
)
_ZONE = "(select coalesce((select time_zone from auth.tenant where tenant_id = $1), 'UTC'))"
# Each is a condition on one value.
_CONDITIONS = {
    "actor_id": "actor_id = {}",
    "actor": "actor = {}",
    "action": "action = {}",
    "noun": "noun = {}",
    "outcome": "outcome = {}",
    "service": "service = {}",
    "target": "target = {}",
    # Days of the tenant's zone, as instants.
    "date_from": f"occurred_at >= auth.day_start({{}}, {_ZONE})",
    "date_to": f"occurred_at < auth.day_start({{}}::date + 1, {_ZONE})",
}


class AuditFilters(NamedTuple):
    """Which entries are asked for; None is any. Both days are included."""

    actor_id: UUID | None = None
    actor: str | None = None
    action: str | None = None
    noun: str | None = None
    outcome: str | None = None
    service: str | None = None
    target: str | None = None
    date_from: date | None = None
    date_to: date | None = None


async def append_entry(
    conn: Connection, tenant_id: UUID, entry_id: UUID, request_id: str, entry: AuditEntryRecorded
) -> None:
    """Add an entry; one that is there already stays as it is."""
    await conn.execute(
        "insert into auth.audit_entry (tenant_id, occurred_at, entry_id, action, outcome, actor_id, actor_kind, actor,"
        " target, detail, service, address, request_id, count)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict do nothing",
        tenant_id,
        entry.occurred_at,
        entry_id,
        entry.action[:_MOST_CHARACTERS],
        entry.outcome,
        entry.actor_id,
        entry.actor_kind,
        entry.actor[:_MOST_CHARACTERS],
        entry.target[:_MOST_CHARACTERS],
        to_jsonb(entry.detail),
        entry.service,
        entry.address,
        request_id,
        entry.count,
    )


async def list_entries(
    conn: Connection, tenant_id: UUID, filters: AuditFilters, page: PageParams
) -> tuple[list[dict[str, Any]], int]:
    """Entries of a tenant, newest first, and how many fit in all.

    The statement names only the filters that are given: each has its index, which a plan for all of them would miss.
    """
    given = {name: value for name, value in filters._asdict().items() if value is not None}
    conditions = [_CONDITIONS[name].format(f"${number}") for number, name in enumerate(given, start=2)]
    fitting = " and ".join(["from auth.audit_entry where tenant_id = $1", *conditions])
    place = len(given) + 2
    rows = await conn.fetch(
        f"select {_SHOWN} {fitting} order by occurred_at desc, entry_id desc limit ${place} offset ${place + 1}",
        tenant_id,
        *given.values(),
        page.limit,
        page.offset,
    )
    total = await conn.fetchval(f"select count(*) {fitting}", tenant_id, *given.values())
    return [{**row, "detail": from_jsonb(row["detail"])} for row in rows], int(total or 0)
