"""Connected sources, their cursors, quality flags and unknown fields."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import from_jsonb, to_jsonb
from common.pagination import PageParams
from services.data_service.store.events.marketing_batches import announce_marketing

COLUMNS = (
    "source_id, kind, name, config, secrets_sealed, status, reason, failures, last_sync_at, next_sync_at,"
    " window_read_on, sync_job_id, created_at, updated_at"
)

# A vendor may send any number of new fields: limits per stream, per call, and for a name's bytes.
_MOST_FIELDS: Final = 1_000
_MOST_NEW_FIELDS: Final = 200
_MOST_BYTES_OF_FIELD: Final = 200


class Source(NamedTuple):
    """A row of data.source; `secrets_sealed` is decrypted by common/sealing only."""

    source_id: UUID
    kind: str
    name: str
    config: dict[str, Any]
    secrets_sealed: str | None
    status: str
    reason: str
    failures: int
    last_sync_at: datetime | None
    next_sync_at: datetime | None
    window_read_on: date | None
    sync_job_id: UUID | None
    created_at: datetime
    updated_at: datetime


async def get_source(connection: Connection, tenant_id: UUID, source_id: UUID, *, lock: bool = False) -> Source | None:
    """One source of the tenant; `lock` locks its row until the transaction ends."""
    row = await connection.fetchrow(
        f"select {COLUMNS} from data.source where tenant_id = $1 and source_id = $2"  # noqa: S608 -- own names
        + (" for update" if lock else ""),
        tenant_id,
        source_id,
    )
    return row and source_of(row)


def source_of(row: Any) -> Source:
    """A row of data.source with its columns in order."""
    return Source(*row)._replace(config=from_jsonb(row["config"]))


async def list_sources(connection: Connection, tenant_id: UUID, page: PageParams) -> tuple[list[Source], int]:
    """A page of the tenant's sources by name, and the total number."""
    rows = await connection.fetch(
        f"select {COLUMNS} from data.source where tenant_id = $1 order by name, source_id limit $2 offset $3",  # noqa: S608 -- own names
        tenant_id,
        page.limit,
        page.offset,
    )
    total = await connection.fetchval("select count(*) from data.source where tenant_id = $1", tenant_id)
    return [source_of(row) for row in rows], int(total or 0)


async def sources_of_kind(
    connection: Connection, tenant_id: UUID, kind: str, source_id: UUID | None = None
) -> list[Source]:
    """The tenant's sources of a kind, or the given one of them, locked until the transaction ends."""
    rows = await connection.fetch(
        f"select {COLUMNS} from data.source where tenant_id = $1 and kind = $2"  # noqa: S608 -- own names
        " and ($3::uuid is null or source_id = $3) order by source_id for update",
        tenant_id,
        kind,
        source_id,
    )
    return [source_of(row) for row in rows]


async def add_source(
    connection: Connection,
    tenant_id: UUID,
    source_id: UUID,
    *,
    kind: str,
    name: str,
    config: dict[str, Any],
    secrets_sealed: str | None,
    created_by: UUID,
) -> None:
    """Insert a source, active and without a scheduled sync."""
    await connection.execute(
        "insert into data.source (tenant_id, source_id, kind, name, config, secrets_sealed, created_by)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        *(tenant_id, source_id, kind, name, to_jsonb(config), secrets_sealed, created_by),
    )


async def change_source(connection: Connection, tenant_id: UUID, source: Source) -> None:
    """Store what a person has changed of a source."""
    await connection.execute(
        "update data.source set name = $3, config = $4, secrets_sealed = $5, status = $6, reason = $7, failures = $8,"
        " next_sync_at = $9, updated_at = clock_timestamp() where tenant_id = $1 and source_id = $2",
        *(tenant_id, source.source_id, source.name, to_jsonb(source.config), source.secrets_sealed),
        *(source.status, source.reason, source.failures, source.next_sync_at),
    )


async def remove_source(connection: Connection, tenant_id: UUID, source_id: UUID) -> None:
    """Delete a source with its secrets, cursors, ad objects and orders, and publish it; all else it read stays."""
    objects: Any = await connection.fetchval(
        "select count(*) from data.ad_object where tenant_id = $1 and source_id = $2", tenant_id, source_id
    )
    kind = await connection.fetchval(
        "delete from data.source where tenant_id = $1 and source_id = $2 returning kind", tenant_id, source_id
    )
    # Refunds of a shop's orders are deleted with it.
    is_shop = kind == "woocommerce"
    await announce_marketing(connection, tenant_id, None, objects, campaigns=objects > 0, ledger=is_shop)


async def was_read(connection: Connection, tenant_id: UUID, source_id: UUID) -> bool:
    """Whether anything was ever read from a source, by its syncs or a backfill."""
    was_read = await connection.fetchval(
        "select last_sync_at is not null"
        " or exists (select from data.source_cursor where tenant_id = $1 and source_id = $2)"
        " or exists (select from data.backfill_piece where tenant_id = $1 and source_id = $2 and state = 'done')"
        " from data.source where tenant_id = $1 and source_id = $2",
        *(tenant_id, source_id),
    )
    return bool(was_read)


async def forget_places(connection: Connection, tenant_id: UUID, job_id: UUID) -> None:
    """Delete the cursors of a job's own streams, whose names end with its id."""
    await connection.execute(
        "delete from data.source_cursor where tenant_id = $1 and stream like '%.' || $2", tenant_id, str(job_id)
    )


async def position_of(connection: Connection, tenant_id: UUID, source_id: UUID, stream: str) -> Any:
    """A stream's cursor, in its source's own form; None if it was never read."""
    position = await connection.fetchval(
        "select position from data.source_cursor where tenant_id = $1 and source_id = $2 and stream = $3",
        tenant_id,
        source_id,
        stream,
    )
    return None if position is None else from_jsonb(position)


async def move_to(connection: Connection, tenant_id: UUID, source_id: UUID, stream: str, position: Any) -> None:
    """Store a stream's cursor, in the transaction that stores the rows read."""
    await connection.execute(
        "insert into data.source_cursor (tenant_id, source_id, stream, position) values ($1, $2, $3, $4)"
        " on conflict (tenant_id, source_id, stream)"
        " do update set position = excluded.position, moved_at = excluded.moved_at",
        tenant_id,
        source_id,
        stream,
        to_jsonb(position),
    )


async def set_flags(
    connection: Connection,
    tenant_id: UUID,
    source_id: UUID,
    stream: str,
    day: date,
    flags: dict[str, dict[str, Any]],
) -> None:
    """Replace a day's quality flags by those that the vendor reports now."""
    await connection.execute(
        "delete from data.quality_flag where tenant_id = $1 and source_id = $2 and stream = $3 and day = $4"
        " and not flag = any($5)",
        tenant_id,
        source_id,
        stream,
        day,
        list(flags),
    )
    await add_flags(connection, tenant_id, source_id, stream, day, flags)


async def add_flags(
    connection: Connection,
    tenant_id: UUID,
    source_id: UUID,
    stream: str,
    day: date,
    flags: dict[str, dict[str, Any]],
) -> None:
    """Add quality flags to those of a day."""
    await connection.executemany(
        "insert into data.quality_flag (tenant_id, source_id, stream, day, flag, detail)"
        " values ($1, $2, $3, $4, $5, $6) on conflict (tenant_id, source_id, stream, day, flag)"
        " do update set detail = excluded.detail, noted_at = excluded.noted_at",
        [(tenant_id, source_id, stream, day, flag, to_jsonb(detail)) for flag, detail in flags.items()],
    )


async def add_unknown_fields(
    connection: Connection, tenant_id: UUID, source_id: UUID, stream: str, fields: Iterable[str]
) -> list[str]:
    """Store unknown fields, within limits; returns those seen for the first time."""
    some = (name.encode()[:_MOST_BYTES_OF_FIELD].decode(errors="ignore") for name in islice(fields, _MOST_FIELDS))
    rows = await connection.fetch(
        "insert into data.unknown_field (tenant_id, source_id, stream, field)"
        " select $1, $2, $3, n.field from unnest($4::text[]) as n (field) where not exists ("
        "  select from data.unknown_field k"
        "  where k.tenant_id = $1 and k.source_id = $2 and k.stream = $3 and k.field = n.field)"
        " order by n.field limit greatest(0, least($5, $6 - ("
        "  select count(*) from data.unknown_field k where k.tenant_id = $1 and k.source_id = $2 and k.stream = $3)))"
        " on conflict do nothing returning field",
        *(tenant_id, source_id, stream, sorted(set(some)), _MOST_NEW_FIELDS, _MOST_FIELDS),
    )
    return [row["field"] for row in rows]
