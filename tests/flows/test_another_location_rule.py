"""A tenant's other rule for locations goes from its settings through what is stored to every answer."""

import asyncio

import pytest

from common.testing.company import Company
from common.testing.stack import Stack
from tests.flows.one_day import DAY, FILES

# Whoever comes first waits until the whole system stands.
pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(600)]


async def test_another_location_rule_ends_in_the_answers(stack: Stack) -> None:
    async with stack.company(location_source="event_param:store") as company:
        assert (await company.imported("ga4-export", FILES["ga4-export"]))["status"] == "completed"
        [order] = await company.tasks("purchases", DAY)
        assert order["location_id"] is None
        assert (await company.get("/analytics/locations"))["data"] == []

        settings = {"google_analytics_config": {"location_source": "user_property:default_branch_id"}}
        answer = await company.api.patch(f"/auth/tenants/{company.tenant_id}", json=settings)
        assert answer.status_code == 200, answer.text
        async with asyncio.timeout(60):
            # (the first rule, of a company without events, was such a job too)
            while await _resolving(company) != ["completed"] * 2:
                await asyncio.sleep(0.1)

        # Such a job is completed only once every answer follows the rule.
        [order], [cart] = await company.tasks("purchases", DAY), await company.tasks("cart-abandonment", DAY)
        assert (order["location_id"], cart["location_id"]) == ("D07", "D07")
        [omaha] = (await company.get("/analytics/locations"))["data"]
        assert (omaha["location_id"], omaha["events"], omaha["purchases"]) == ("D07", 5, 1)


async def _resolving(company: Company) -> list[str]:
    jobs = (await company.get("/data/ingest/jobs"))["data"]
    return [job["status"] for job in jobs if job["kind"] == "resolve-locations"]
