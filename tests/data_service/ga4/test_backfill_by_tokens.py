"""A backfill whose tokens end at 80 percent: it waits without work, and goes on at the day where it stopped."""

import asyncio
from datetime import datetime, timedelta

import pytest

from common.clock import now
from services.data_service.domain.ga4 import tokens
from services.data_service.jobs import backfill
from tests.data_service.ga4.property import FIRST, Property
from tests.standins.ga4.quota import TokenQuota

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_backfill_goes_on_when_its_tokens_are_whole_again(
    shop: Property, monkeypatch: pytest.MonkeyPatch
) -> None:
    def soon(_: datetime) -> datetime:
        return now() + timedelta(seconds=1)

    monkeypatch.setattr(tokens, "next_hour", soon)
    monkeypatch.setattr(backfill, "_LEEWAY_SECONDS", (0.0, 0.1))
    for number in range(10):
        shop.happens(FIRST + timedelta(days=number), "10:00", "page_view")
    # Pieces of four days, the newest first: 20 tokens a day and 20 for its rest. After eight days and one rest
    # 40 of 220 are left, of which 22 are kept.
    shop.held.quota = TokenQuota(project_hour=220, cost=5)
    asked = shop.google.faults.calls.get("BatchRunReports", 0)
    last = FIRST + timedelta(days=9)
    answer = await shop.data.api.post(
        "/data/ingest/start",
        json={"start_date": str(FIRST), "end_date": str(last), "data_types": ["events", "users", "locations"]},
        headers=shop.company.headers,
    )
    assert answer.status_code == 202, answer.text
    job = answer.json()
    async with asyncio.timeout(60):
        while "are kept for today's syncs" not in job["note"]:
            job = (await shop.data.api.get(f"/data/ingest/jobs/{job['job_id']}", headers=shop.company.headers)).json()
            await asyncio.sleep(0.05)
    before = await shop.days_stored()
    assert shop.held.quota.project_hour >= 22
    await shop.an_hour_passes()
    job = await shop.data.ended(shop.company, job)
    assert job["status"] == "completed", job
    wanted = [FIRST + timedelta(days=number) for number in range(10)]
    # (of the second piece of four its days are in, and its rest is not: the newest eight)
    assert (before, await shop.days_stored()) == (wanted[2:], wanted)
    # Each of ten days once, and the rest of each of three pieces.
    assert shop.google.faults.calls["BatchRunReports"] == asked + 13
