"""Add and read the rows of the audit log; no database role may do anything else with them."""

from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb
from common.events.contracts.audit_entry_recorded import AuditEntryRecorded
from common.pagination import PageParams

# The longest text that is stored, as texts are indexed. Ordinary requests have no longer ones.
_MOST_CHARACTERS = 500
_SHOWN = (
    "entry_id as id, occurred_at, action, outcome, actor_kind, actor_id, actor, target, detail, count,"
    " service, address, request_id"
)
_ZONE = "(select coalesce((select time_zone from auth.tenant where tenant_id = $1), 'UTC'))"
# The SQL condition of each filter, with a placeholder for its value.
_CONDITIONS = {
    "actor_id": "actor_id = {}",
    "actor": "actor = {}",
    "action": "action = {}",
    "noun": "noun = {}",
    "outcome": "outcome = {}",
    "service": "service = {}",
    "target": "target = {}",
    # Days begin at midnight in the tenant's time zone.
    "date_from": f"occurred_at >= auth.day_start({{}}, {_ZONE})",
    "date_to": f"occurred_at < auth.day_start({{}}::date + 1, {_ZONE})",
}


class AuditFilters(NamedTuple):
    """Filters of the entries to list; None means any. Both days are included."""

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
    """Add an entry; an existing entry with this id stays as it is."""
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
    """Return a page of a tenant's entries, newest first, and the total number that match the filters.

    The statement has conditions for the given filters only, so that each can use its index.
    """
    given = {name: value for name, value in filters._asdict().items() if value is not None}
    conditions = [_CONDITIONS[name].format(f"${number}") for number, name in enumerate(given, start=2)]
    matching = " and ".join(["from auth.audit_entry where tenant_id = $1", *conditions])
    place = len(given) + 2
    rows = await conn.fetch(
        f"select {_SHOWN} {matching} order by occurred_at desc, entry_id desc limit ${place} offset ${place + 1}",
        tenant_id,
        *given.values(),
        page.limit,
        page.offset,
    )
    total = await conn.fetchval(f"select count(*) {matching}", tenant_id, *given.values())
    return [{**row, "detail": from_jsonb(row["detail"])} for row in rows], int(total or 0)
