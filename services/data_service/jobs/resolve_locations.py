"""`resolve-locations`: after a change of the tenant's location rule, resolves stored events' locations again."""

from common.jobs import AWAITING, JobContext
from services.data_service.domain.events.location_rule import read_rule
from services.data_service.store.events.batches import await_refresh
from services.data_service.store.events.record_events import LocationRuleChanged, hold_location_rule
from services.data_service.store.events.resolve_locations import Cursor, resolve_locations
from services.data_service.store.events.staged_event import EVENT_TABLES
from services.data_service.store.tenant_settings import location_source, wait_for_writers

_EVENTS_AT_A_TIME = 5_000


async def resolve_all_locations(job: JobContext) -> object:
    """Process all stored events; a rerun changes nothing more.

    Stops if the rule changes again meanwhile, because that change queues its own job.
    """
    async with job.service.db.tenant(job.tenant_id) as connection:
        await wait_for_writers(connection, job.tenant_id)
    async with job.service.db.tenant(job.tenant_id, readonly=True) as connection:
        rule = await location_source(connection, job.tenant_id)
    job.counts = {}
    try:
        for number, table in enumerate(EVENT_TABLES):
            await _go_over(job, table, rule)
            await job.progress(number + 1, len(EVENT_TABLES))
    except LocationRuleChanged:
        return None
    async with job.service.db.tenant(job.tenant_id) as connection:
        is_in = await await_refresh(connection, job.tenant_id, job.job_id)
    return None if is_in else AWAITING


async def _go_over(job: JobContext, table: str, rule: str | None) -> None:
    place, name = read_rule(rule)
    cursor: Cursor | None = Cursor()
    done = EVENT_TABLES.index(table)
    while cursor is not None:
        async with job.service.db.tenant(job.tenant_id) as connection:
            await hold_location_rule(connection, job.tenant_id, rule)
            cursor, changed = await resolve_locations(
                connection,
                job.tenant_id,
                job.job_id,
                table=table,
                place=place,
                name=name,
                after=cursor,
                limit=_EVENTS_AT_A_TIME,
            )
            if changed:
                job.count({table: changed})
            await job.progress(done, len(EVENT_TABLES), connection)
        job.service.wake_relay()
