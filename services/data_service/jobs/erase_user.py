"""`erasure`: removes one person from everything that the system keeps, and counts what was removed."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from common.clock import now
from common.db import Connection
from common.jobs import JobContext, Resume
from services.data_service.store.events.staged_event import EVENT_TABLES
from services.data_service.store.people.erasures import (
    OTHERS,
    Erasure,
    describe_erasure,
    end_erasure,
    erase_beside,
    erase_contact,
    erase_events,
    get_erasure,
)
from services.data_service.store.shop.shop_turns import hold_out_of_shops
from services.data_service.store.tenant_settings import wait_for_writers

_EVENTS_AT_A_TIME: Final = 5_000
_BESIDE: Final = ("orders", "leads", "refused")
# Orders and the like, the event tables, the contact row, the other services.
_STEPS: Final = len(_BESIDE) + len(EVENT_TABLES) + 2
_LOOK_AGAIN: Final = timedelta(seconds=1)


async def erase_user(job: JobContext) -> object:
    """Erase in steps, each committed with its count; a rerun does what is left."""
    async with job.service.db.tenant(job.tenant_id, readonly=True) as connection:
        erasure = await get_erasure(connection, job.tenant_id, job.job_id)
    if erasure is None:
        return None
    if not erasure.is_told:
        await _erase_own(job, erasure)
    elif erasure.is_refreshed and erasure.told >= OTHERS:
        await _step(job, _STEPS, lambda connection: _end(connection, job, erasure))
        return None
    return Resume(now() + _LOOK_AGAIN, "analytics and email are taking them out of theirs")


async def _erase_own(job: JobContext, erasure: Erasure) -> None:
    async with job.service.db.tenant(job.tenant_id) as connection:
        await describe_erasure(connection, job.tenant_id, job.job_id)
    for number, what in enumerate(_BESIDE):
        await _step(job, number + 1, lambda c, what=what: erase_beside(c, job.tenant_id, job.job_id, what))
    for number, table in enumerate(EVENT_TABLES):
        gone = _EVENTS_AT_A_TIME
        while gone == _EVENTS_AT_A_TIME:
            counts = await _step(job, len(_BESIDE) + number, lambda c, table=table: _events(c, job, table))
            gone = counts[table]
    await _step(job, _STEPS - 1, lambda c: _last_look(c, job, erasure.user_id))
    job.service.wake_relay()


async def _last_look(connection: Connection, job: JobContext, user_id: str) -> dict[str, int]:
    """Erase what arrived since the first pass, and last what the person is found by.

    Transactions that record events or orders have ended by now or wait for this commit; what they bring then is new.
    """
    await hold_out_of_shops(connection, job.tenant_id)
    await wait_for_writers(connection, job.tenant_id)
    await describe_erasure(connection, job.tenant_id, job.job_id)
    found = [await erase_beside(connection, job.tenant_id, job.job_id, "orders")]
    for table in EVENT_TABLES:
        gone = _EVENTS_AT_A_TIME
        while gone == _EVENTS_AT_A_TIME:
            gone = await erase_events(connection, job.tenant_id, job.job_id, table, _EVENTS_AT_A_TIME)
            found.append({table: gone})
    found.append(await erase_contact(connection, job.tenant_id, job.job_id, user_id))
    return dict(sum((Counter(counts) for counts in found), Counter()))


async def _events(connection: Connection, job: JobContext, table: str) -> dict[str, int]:
    return {table: await erase_events(connection, job.tenant_id, job.job_id, table, _EVENTS_AT_A_TIME)}


async def _end(connection: Connection, job: JobContext, erasure: Erasure) -> dict[str, int]:
    await end_erasure(connection, job.tenant_id, job.job_id, erasure)
    return erasure.told_counts


async def _step(job: JobContext, done: int, erase: Callable[[Connection], Awaitable[dict[str, int]]]) -> dict[str, int]:
    """One transaction: erase and store the count."""
    async with job.service.db.tenant(job.tenant_id) as connection:
        counts = await erase(connection)
        job.count({name: rows for name, rows in counts.items() if rows})
        await job.progress(done, _STEPS, connection)
    return counts
