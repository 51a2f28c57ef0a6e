"""Another time zone puts leads and contracts on other days, and tells of the old and the new ones."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from common.events.contracts.auth_tenant_changed import TenantChanged
from common.jobs import JobContext
from services.data_service.domain import move_days as moving
from services.data_service.domain.move_days import MOVE_DAYS_JOB, move_days
from services.data_service.store.events.moved_days import Moved, move_rows
from tests.data_service.harness import Company, Data, publish
from tests.data_service.marketing import Touched, backend_of, events, record, touched, wait_until_it_blocks

pytestmark = pytest.mark.asyncio(loop_scope="module")
LEAD = ("lead_id", "created_day", "created_at", "attributes")
CONTRACT = ("contract_id", "lead_id", "signed_day", "signed_at", "amount", "status", "attributes")
# In Chicago L1 came at half past eleven at night, L4 at half past four in the afternoon, which is the next day in
# Berlin (whose clocks went forward that morning).
TIMES = {
    "L1": "2026-03-01T05:30:00Z",
    "L2": "",
    "L3": "2026-03-01T18:00:00Z",
    "L4": "2026-03-29T22:30:00Z",
}
DAYS = {
    "America/Chicago": {"L1": "2026-02-28", "L2": "2026-03-01", "L3": "2026-03-01", "L4": "2026-03-29"},
    "Europe/Berlin": {"L1": "2026-03-01", "L2": "2026-03-01", "L3": "2026-03-01", "L4": "2026-03-30"},
    "Asia/Tokyo": {"L1": "2026-03-01", "L2": "2026-03-01", "L3": "2026-03-02", "L4": "2026-03-30"},
}


@pytest.fixture(autouse=True)
def steps_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "_ROWS_AT_A_TIME", 2)


async def with_leads(data: Data) -> Company:
    """A company in Chicago with leads, each with a contract of the same time."""
    company = await data.company()
    async with data.context.db.tenant(company.tenant_id) as connection:
        leads = [(lead, "2026-03-01", at, "{}") for lead, at in TIMES.items()]
        await record(connection, company.tenant_id, "lead", LEAD, *leads)
        contracts = [(f"C{lead}", lead, "2026-03-01", at, "5", "signed", "{}") for lead, at in TIMES.items()]
        await record(connection, company.tenant_id, "contract", CONTRACT, *contracts)
    assert await days(data, company) == DAYS["America/Chicago"]
    await events(data, company)
    return company


async def days(data: Data, company: Company) -> dict[str, str]:
    """Each lead's day, which is its contract's too."""
    rows = await data.admin.fetch(
        "select l.lead_id, l.created_day::text as day, c.signed_day::text as signed"
        " from data.lead l join data.contract c using (tenant_id, lead_id) where l.tenant_id = $1",
        company.tenant_id,
    )
    assert all(row["day"] == row["signed"] for row in rows)
    return {row["lead_id"]: row["day"] for row in rows}


async def move_to(data: Data, company: Company, zone: str) -> None:
    await data.admin.execute("update auth.tenant set time_zone = $2 where tenant_id = $1", company.tenant_id, zone)
    await publish(data, company.tenant_id, TenantChanged(changed=["time_zone"]))


async def moved(data: Data, company: Company, times: int) -> list[dict[str, int]]:
    """What each of so many jobs counted, once all have ended."""
    async with asyncio.timeout(30):
        while True:
            answer = await data.api.get("/data/ingest/jobs", headers=company.headers)
            jobs = [job for job in answer.json()["data"] if job["kind"] == MOVE_DAYS_JOB]
            if [job["status"] for job in jobs] == ["completed"] * times:
                return [job["counts"] for job in jobs]
            await asyncio.sleep(0.05)


async def test_leads_and_contracts_move_and_both_days_are_told(data: Data):
    company = await with_leads(data)
    await move_to(data, company, "Europe/Berlin")
    assert await moved(data, company, 1) == [{"lead": 2, "contract": 2}]
    assert await days(data, company) == DAYS["Europe/Berlin"]
    told = await touched(data, company)
    assert sorted(told.lead_days) == ["2026-02-28", "2026-03-01", "2026-03-29", "2026-03-30"]
    assert sorted(told.lead_ids) == ["L1", "L4"]
    await publish(data, company.tenant_id, TenantChanged(changed=["time_zone"]))
    assert {} in await moved(data, company, 2)
    assert await touched(data, company) == Touched()


async def test_a_second_change_while_the_first_is_under_way_ends_right(data: Data, monkeypatch: pytest.MonkeyPatch):
    company = await with_leads(data)
    steps: list[Moved] = []

    async def between(*arguments: Any, **named: Any) -> Moved:
        steps.append(await move_rows(*arguments, **named))
        if len(steps) == 1:
            await move_to(data, company, "Asia/Tokyo")
        return steps[-1]

    monkeypatch.setattr(moving, "move_rows", between)
    await move_to(data, company, "Europe/Berlin")
    await moved(data, company, 2)
    assert await days(data, company) == DAYS["Asia/Tokyo"]
    told = set((await touched(data, company)).lead_days)
    assert told >= {"2026-02-28", "2026-03-01", "2026-03-02", "2026-03-29", "2026-03-30"}


def job_of(data: Data, tenant_id: UUID) -> JobContext:
    return JobContext(data.context, tenant_id, uuid4(), MOVE_DAYS_JOB, {}, 1)


async def test_who_wrote_by_the_former_zone_is_waited_for(data: Data):
    company = await data.company()
    async with data.context.db.tenant(company.tenant_id) as connection:
        lead = ("L1", "2026-02-28", TIMES["L1"], "{}")
        await record(connection, company.tenant_id, "lead", LEAD, lead)
        await data.admin.execute(
            "update auth.tenant set time_zone = 'Europe/Berlin' where tenant_id = $1", company.tenant_id
        )
        job = asyncio.ensure_future(move_days(job_of(data, company.tenant_id)))
        await wait_until_it_blocks(data, await backend_of(connection))
    await job
    told = sorted(event.lead_days for event in await events(data, company))
    assert told == [["2026-02-28"], ["2026-02-28", "2026-03-01"]]


async def test_a_job_that_dies_between_its_steps_leaves_whole_ones_and_is_finished_by_the_next(
    data: Data, monkeypatch: pytest.MonkeyPatch
):
    company = await with_leads(data)
    await data.admin.execute(
        "update auth.tenant set time_zone = 'Europe/Berlin' where tenant_id = $1", company.tenant_id
    )

    async def dying(connection: Any, *arguments: Any, **named: Any) -> Moved:
        result = await move_rows(connection, *arguments, **named)
        if named["after"]:
            await data.admin.execute("select pg_terminate_backend($1, 5000)", await backend_of(connection))
        return result

    with monkeypatch.context() as patched, pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        patched.setattr(moving, "move_rows", dying)
        await move_days(job_of(data, company.tenant_id))
    assert await touched(data, company) == Touched(lead_days=("2026-02-28", "2026-03-01"))
    await move_days(job_of(data, company.tenant_id))
    assert await days(data, company) == DAYS["Europe/Berlin"]
    told = await touched(data, company)
    assert (told.lead_days, sorted(told.lead_ids)) == (("2026-03-29", "2026-03-30"), ["L1", "L4"])
