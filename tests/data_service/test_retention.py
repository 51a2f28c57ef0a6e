"""Events that leave by the age that a tenant sets: to the microsecond of its clock, once, and nobody else's."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from common.events.contracts.auth_tenant_changed import TenantChanged
from common.jobs import JobContext, JobHandedBack, Resume
from services.data_service.jobs import drop_aged_events as jobs
from services.data_service.jobs.drop_aged_events import drop_aged_events, queue_due_drops
from services.data_service.store.events.aged_events import DROP_AGED_JOB
from services.data_service.store.events.record_events import record_events
from tests.data_service.harness import Company, Data, publish
from tests.data_service.roads.road_tenants import POSTED, Hit, batch

pytestmark = pytest.mark.asyncio(loop_scope="module")
# Whether it is after the next midnight (null: never).
NEXT_LOOK = (
    "select due_at = auth.day_start((now() at time zone 'America/Chicago')::date + 1, 'America/Chicago')"
    " + interval '10 minutes' from data.retention where tenant_id = $1"
)
WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
NAMES = ("page_view", "view_item", "purchase", "no_search_results", "session_start")


def events(first: datetime, count: int) -> list[dict[str, Any]]:
    """One after the other, a second apart."""
    return [
        {
            "event_name": NAMES[n % 5],
            "event_timestamp": (first + timedelta(seconds=n)).isoformat(),
            "user_pseudo_id": f"d{n % 3}",
            "session_id": "1",
        }
        for n in range(count)
    ]


async def post(data: Data, company: Company, sent: list[dict[str, Any]]) -> dict[str, Any]:
    answer = await data.api.post("/data/events", json={"events": sent}, headers=company.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def set_age(data: Data, company: Company, days: int | None) -> None:
    await data.admin.execute(
        "update auth.tenant set retention = $2 where tenant_id = $1",
        *(company.tenant_id, json.dumps({"event_days": days})),
    )


async def test_events_leave_once_they_are_past_their_age(data: Data, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "_OF_A_TABLE_AT_A_TIME", 1)
    company, neighbour = await data.company(role="admin"), await data.company()
    since: Any = await data.admin.fetchval(
        "select auth.day_start(date_trunc('month', (now() at time zone 'America/Chicago')::date - interval '90 days')"
        "::date, 'America/Chicago')"
    )
    old = events(since - timedelta(days=3), 40)
    edge = [events(since - timedelta(microseconds=1), 1)[0], events(since, 1)[0]]
    for one in (company, neighbour):
        assert (await post(data, one, old + edge))["accepted"] == 42

    # By default they stay, and who is no admin lets none go.
    answer = await data.api.post("/data/retention", headers=company.headers)
    assert (await data.ended(company, answer.json()))["counts"] == {}
    assert await data.total(company.tenant_id) == 42
    assert (await data.api.post("/data/retention", headers=neighbour.headers)).status_code == 403

    # An age holds from the next midnight on.
    await set_age(data, company, 90)
    await publish(data, company.tenant_id, TenantChanged(changed=["retention.event_days"]))
    while not await data.admin.fetchval(NEXT_LOOK, company.tenant_id):
        pass
    await queue_due_drops(data.context)

    # Handed back in the middle of a step: the step has not been.
    broken = JobContext(data.context, company.tenant_id, uuid4(), DROP_AGED_JOB, {}, attempt=1)
    broken.leaving.set()
    data.told_so_far(company)
    with pytest.raises(JobHandedBack):
        await drop_aged_events(broken)
    assert await data.total(company.tenant_id) == 42
    assert data.told_so_far(company) == []

    past = "update data.retention set due_at = now() - interval '1 minute' where tenant_id = $1"
    await data.admin.execute(past, company.tenant_id)
    await queue_due_drops(data.context)
    await queue_due_drops(data.context)
    queued = await data.admin.fetch(
        "select job_id from data.job where tenant_id = $1 and kind = $2 and created_by is null",
        *(company.tenant_id, DROP_AGED_JOB),
    )
    assert len(queued) == 1
    ended = await data.ended(company, {"job_id": queued[0][0]})
    assert (ended["status"], sum(ended["counts"].values())) == ("completed", 41)
    assert await data.total(company.tenant_id) == 1
    assert await data.total(neighbour.tenant_id) == 42
    told = data.told_so_far(company)
    assert len(told) > 3
    assert {key[0] for batch in told for key in batch.keys} == {"d0", "d1", "d2"}

    # What is sent once more does not come back, by whichever road; what is new is taken.
    new = events(since + timedelta(days=40), 2)
    answer = await post(data, company, [*old, *edge, *new])
    assert answer == {"accepted": 2, "duplicates": 1, "rejected": [], "too_old": 41}
    rows = [{"event_timestamp": 1_714_402_800_000_000 + n, "event_name": "page_view"} for n in range(3)]
    job = await data.imported(company, "ga4-export", b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    assert (job["status"], job["counts"]) == ("completed", {"too_old": 3})
    assert await data.total(company.tenant_id) == 3

    # Without an age nothing more goes, and what has gone does not come back.
    await set_age(data, company, None)
    await publish(data, company.tenant_id, TenantChanged(changed=["retention.event_days"]))
    while await data.admin.fetchval(NEXT_LOOK, company.tenant_id) is not None:
        pass
    assert (await post(data, company, old))["too_old"] == 40


async def test_a_tenant_whose_look_fails_delays_no_other(data: Data):
    broken, sound = await data.company(), await data.company()
    due = "insert into data.retention (tenant_id, due_at) values ($1, now() - $2::interval)"
    move = "update auth.tenant set time_zone = $2 where tenant_id = $1"
    # A zone that the database's next version no longer knows.
    await data.admin.execute(move, broken.tenant_id, "Nowhere/Lost")
    try:
        for company, late in ((sound, 1), (broken, 2)):
            await set_age(data, company, 90)
            await data.admin.execute(due, company.tenant_id, timedelta(minutes=late))
        await queue_due_drops(data.context)
    finally:
        await data.admin.execute(move, broken.tenant_id, "UTC")

    queued = "select tenant_id from data.job where tenant_id = any($1) and kind = $2"
    rows = await data.admin.fetch(queued, [broken.tenant_id, sound.tenant_id], DROP_AGED_JOB)
    assert [row["tenant_id"] for row in rows] == [sound.tenant_id]


async def test_what_is_taken_in_while_the_door_is_closed_is_in_the_answers_before_it_leaves(data: Data):
    company = await data.company()
    tenant_id, job_id = company.tenant_id, uuid4()
    await set_age(data, company, 90)
    await publish(data, tenant_id, TenantChanged(changed=["retention.event_days"]))
    while not await data.admin.fetchval(NEXT_LOOK, tenant_id):
        pass
    at = datetime.now(UTC) - timedelta(days=200)
    made = batch(POSTED, [Hit(at)])
    await data.context.extras["months"].ensure(data.context.db, made.months)
    job = JobContext(data.context, tenant_id, job_id, DROP_AGED_JOB, {}, attempt=1)
    kept = "select events_from from data.retention where tenant_id = $1"
    async with data.context.db.tenant(tenant_id) as writer:
        assert (await record_events(writer, tenant_id, made, resolved_by=None, road=POSTED)).too_old == 0
        closing = asyncio.ensure_future(drop_aged_events(job))
        async with asyncio.timeout(20):
            while not await data.admin.fetchval(WAITING):
                await asyncio.sleep(0.01)
    assert isinstance(await closing, Resume)
    assert (await data.admin.fetchval(kept, tenant_id), await data.total(tenant_id)) == (None, 1)
    assert (await post(data, company, events(at, 2)))["too_old"] == 2

    await data.admin.execute("update data.batch set refreshed_at = now() where tenant_id = $1", tenant_id)
    await drop_aged_events(job)
    assert await data.admin.fetchval(kept, tenant_id) is not None
    assert await data.total(tenant_id) == 0
