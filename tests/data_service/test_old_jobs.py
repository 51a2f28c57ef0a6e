from uuid import UUID

import pytest

from common.http.housekeeping import drop_aged
from tests.data_service.harness import Data

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ended_job(data: Data, kind: str, status: str, days: int, *, by_hand: bool = False) -> UUID:
    company = await data.company()
    job_id = await data.admin.fetchval(
        "insert into data.job (tenant_id, kind, status, created_by, finished_at)"
        " values ($1::uuid, $2, $3, case when $4 then $1::uuid end, now() - make_interval(days => $5))"
        " returning job_id",
        *(company.tenant_id, kind, status, by_hand, days),
    )
    assert isinstance(job_id, UUID)
    return job_id


_AT_MOST_TWO = """
create function data.at_most_two() returns trigger language plpgsql as $$
begin
    if (select count(*) from gone) > 2 then
        raise exception 'more than two at once';
    end if;
    return null;
end
$$;
create trigger at_most_two after delete on data.job referencing old table as gone
for each statement execute function data.at_most_two();
"""


async def test_many_old_jobs_are_dropped_in_steps(data: Data):
    many = [await ended_job(data, "sync.ga4", "completed", 4) for _ in range(5)]
    await data.admin.execute(_AT_MOST_TWO)

    await drop_aged(data.context, at_once=2)

    assert await data.admin.fetchval("select count(*) from data.job where job_id = any($1)", many) == 0
    await data.admin.execute("drop trigger at_most_two on data.job; drop function data.at_most_two()")


async def test_only_routine_jobs_that_ended_long_ago_are_dropped(data: Data):
    gone = [
        await ended_job(data, "sync.ga4", "completed", 4),
        await ended_job(data, "sync.meta_ads", "cancelled", 4),
        await ended_job(data, "sync.woocommerce", "failed", 31),
        await ended_job(data, "drop-aged-events", "failed", 31),
    ]
    stay = [
        await ended_job(data, "sync.ga4", "completed", 2),
        await ended_job(data, "sync.ga4", "failed", 29),
        await ended_job(data, "sync.ga4", "completed", 400, by_hand=True),
        await ended_job(data, "drop-aged-events", "completed", 29),
        await ended_job(data, "import.users", "completed", 400, by_hand=True),
        await ended_job(data, "backfill.ga4", "completed", 400, by_hand=True),
    ]

    await drop_aged(data.context)

    left = await data.admin.fetch("select job_id from data.job where job_id = any($1)", gone + stay)
    assert {row["job_id"] for row in left} == set(stay)
