"""A company sets ages: what is older leaves every table that tells of it, and what is answered stays coherent."""

import asyncio
import json
from typing import Any

import pytest

from common.testing.company import Company
from common.testing.stack import Stack
from tests.flows.one_day import DAY, FILES

# Whoever comes first waits until the whole system stands.
pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(600)]

_LEADS = f"lead_id,created_at,utm_source\nL1,{DAY},google\nL2,{DAY},google\n"
_MONTH = {"date_from": f"{DAY[:7]}-01", "date_to": f"{DAY[:7]}-30"}


async def ended(company: Company, path: str, body: dict[str, Any], look: str) -> dict[str, Any]:
    job = await company.post(path, body)
    while job["status"] in ("queued", "running"):
        # (who asks faster is told to ask less often)
        await asyncio.sleep(0.1)
        job = await company.get(f"{look}/{job['job_id']}")
    assert job["status"] == "completed", job
    return job["counts"]


async def test_what_is_past_its_age_leaves_the_whole_system(stack: Stack) -> None:
    async with stack.company() as company:
        assert (await company.imported("ga4-export", FILES["ga4-export"]))["status"] == "completed"
        assert (await company.imported("leads", _LEADS.encode()))["status"] == "completed"
        stats = await company.get("/analytics/stats", start_date=DAY, end_date=DAY)
        kpi = await company.get("/api/analytics/dashboard/v5/kpi", **_MONTH)
        assert (kpi["leads"], len(await company.tasks("purchases", DAY))) == (2, 1)

        ages = {"hourly_days": 1, "daily_days": 365, "event_days": 90}
        answer = await company.api.patch(f"/auth/tenants/{company.tenant_id}", json={"retention": ages})
        assert answer.json()["retention"] == ages
        gone = await ended(company, "/data/retention", {}, "/data/ingest/jobs")
        assert sum(gone.values()) == 5
        answer = await company.api.get("/analytics/tasks/purchases", params={"start_date": DAY, "end_date": DAY})
        assert answer.json()["data"] == []
        assert json.loads(answer.headers["X-Data-Quality"])["dropped_before"]["events"] > DAY
        assert (await company.get("/analytics/stats", start_date=DAY, end_date=DAY))["current"] == stats["current"]

        # The same file once more brings nothing back.
        again = await company.imported("ga4-export", FILES["ga4-export"])
        assert (again["status"], again["counts"]["too_old"]) == ("completed", sum(gone.values()))
        assert {name for name in again["counts"] if name not in ("too_old", "rejected")} == set()

        gone = await ended(company, "/api/analytics/retention", {}, "/api/analytics/jobs")
        assert (gone["day_total"], gone["platform_day"]) == (1, 1)
        assert (await company.get("/analytics/stats", start_date=DAY, end_date=DAY))["current"]["purchases"] == 0
        assert await company.get("/api/analytics/dashboard/v5/kpi", **_MONTH) == kpi
        for path in ("/api/analytics/aggregate", "/api/analytics/aggregate/check"):
            counts = await ended(company, path, _MONTH, "/api/analytics/jobs")
            assert counts.get("differences", 0) == 0
        assert await company.get("/api/analytics/dashboard/v5/kpi", **_MONTH) == kpi
        [file] = [
            one
            for one in (await company.get("/api/analytics/retention/exports"))["data"]
            if one["table_name"] == "platform_day"
        ]
        assert (file["rows"], file["sums"]["leads"], file["month"]) == (1, "2", _MONTH["date_from"])
