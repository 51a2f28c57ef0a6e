"""Store a chunk of a file; imports and previews share this code."""

from typing import NamedTuple
from uuid import UUID

from common.db import Connection
from services.data_service.domain.ads.record_ads import record_ads
from services.data_service.domain.csv_files.kinds import FILE_KINDS, FX_RATES
from services.data_service.domain.files.read_chunk import ReadChunk
from services.data_service.store.events.record_events import record_events
from services.data_service.store.events.record_rows import record_rows
from services.data_service.store.events.road_days import EXPORT_ROAD
from services.data_service.store.files.rejected_line import RejectedLine
from services.data_service.store.fx_rates import record_fx_rates
from services.data_service.store.people.contacts import upsert_contacts

Counts = dict[str, int]


class Taken(NamedTuple):
    """The outcome of a chunk: its counts and its rejected lines.

    `counts` has new rows by table; `changed` rows; `duplicates`, which were stored already or whose id occurs again
    further down; `superseded` and `replaced` events (see store/events/record_events.py); for ads, `replaced` are those
    `changed` days that were stored under other ids or names; `filled` days, to which an exchange rate was carried
    forward; `rejected` lines; and `totals` that an export puts among its rows.
    """

    counts: Counts
    rejects: list[RejectedLine]


async def take_chunk(
    connection: Connection, tenant_id: UUID, job_id: UUID, kind: str, chunk: ReadChunk, rule: str | None
) -> Taken:
    """Store the rows of a chunk.

    Raises:
        LocationRuleChanged: the events were read with another rule than the tenant has now.
    """
    counts: Counts = {}
    rejects = chunk.rejects
    if chunk.events:
        recorded = await record_events(
            connection, tenant_id, chunk.events, resolved_by=rule, road=EXPORT_ROAD, job_id=job_id
        )
        counts = recorded.as_counts()
    elif chunk.contacts:
        changes = await upsert_contacts(connection, tenant_id, job_id, kind, chunk.contacts)
        counts = _counts(kind, changes.new, changes.changed, len(chunk.contacts))
    elif chunk.rows and kind == FX_RATES:
        rates = await record_fx_rates(connection, tenant_id, job_id, chunk.rows, chunk.fill_days)
        counts = _counts(kind, rates.new, rates.changed, chunk.rows.count + chunk.repeated)
        counts |= {"filled": rates.filled} if rates.filled else {}
    elif chunk.rows:
        changes = await record_rows(connection, tenant_id, job_id, chunk.rows)
        counts = _counts(kind, changes.new, changes.changed, chunk.rows.count + chunk.repeated)
    elif chunk.ads:
        ads, refused = await record_ads(connection, tenant_id, job_id, chunk.ads)
        counts = _counts(kind, ads.new, ads.restated, ads.new + ads.restated + ads.unchanged)
        if ads.replaced:
            counts["replaced"] = ads.replaced
        rejects = rejects + refused
    elif chunk.repeated:
        counts = {"duplicates": chunk.repeated}
    if rejects:
        counts["rejected"] = len(rejects)
    if chunk.totals:
        counts["totals"] = chunk.totals
    return Taken(counts, rejects)


def add_counts(one: Counts, other: Counts) -> Counts:
    """Add two sets of counts by name."""
    return {name: one.get(name, 0) + other.get(name, 0) for name in dict.fromkeys((*one, *other))}


def _counts(kind: str, new: int, changed: int, rows: int) -> Counts:
    counts = {FILE_KINDS[kind].table: new, "duplicates": rows - new - changed}
    return counts | ({"changed": changed} if changed else {})
