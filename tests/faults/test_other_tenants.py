"""Another tenant's ids in header, path and body: what its owner sees, nobody else does, and nobody else changes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from common.testing.company import Company
from common.testing.stack import Stack
from tests.faults.blows import connected
from tests.faults.sameness import counts_of
from tests.flows.one_day import DAY, FILES

# Whoever comes first waits until the whole system stands.
pytestmark = [
    pytest.mark.xdist_group("stack"),
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="module"),
]

_CANARY = "Acme <Plumbing> & Sons"
_REP = {"branch_code": "D07", "branch_name": "Omaha", "sales_rep_name": "Rita", "sales_rep_email": "rita@shop.example"}
_EVENT = {"event_name": "page_view", "event_timestamp": f"{DAY}T15:00:00Z", "user_pseudo_id": "intruder"}


class Two(NamedTuple):
    """A company with a day's data, a stranger with none, and what of the company's can be named in a call."""

    company: Company
    stranger: Company
    job_id: str
    mapping_id: str
    task_key: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(stack: Stack) -> AsyncIterator[Two]:
    async with AsyncExitStack() as companies:
        rule = "user_property:default_branch_id"
        company = await companies.enter_async_context(stack.company(location_source=rule))
        stranger = await companies.enter_async_context(stack.company(location_source=rule))
        jobs = [await company.imported(kind, content) for kind, content in FILES.items()]
        mapping = await company.post("/analytics/email/mappings", _REP)
        [cart] = await company.tasks("cart-abandonment", DAY)
        assert cart["user"]["company"] == _CANARY
        yield Two(company, stranger, jobs[-1]["job_id"], mapping["id"], cart["task_key"])


async def test_another_tenant_in_the_header_is_refused(two: Two):
    theirs = {"X-Tenant-Id": str(two.company.tenant_id)}
    for path in (
        *("/analytics/locations", "/analytics/stats", "/analytics/tasks/cart-abandonment", "/data/availability"),
        *("/data/ingest/jobs", "/data/users/acme", "/analytics/email/mappings", "/analytics/email/history"),
    ):
        assert (await two.company.api.get(path)).status_code == 200, path
        answer = await two.stranger.api.get(path, headers=theirs)
        assert answer.status_code == 403, path
        assert _CANARY not in answer.text
    answer = await two.stranger.api.post("/data/events", json={"events": [_EVENT]}, headers=theirs)
    assert answer.status_code == 403


async def test_another_tenants_things_in_the_path_are_not_there(two: Two, stack: Stack):
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"/data/ingest/jobs/{two.job_id}", None),
        ("POST", f"/data/ingest/jobs/{two.job_id}/cancel", {}),
        ("POST", f"/data/ingest/jobs/{two.job_id}/retry", {}),
        ("GET", f"/data/import/jobs/{two.job_id}/rejects", None),
        ("GET", "/data/users/acme", None),
        ("PUT", f"/analytics/email/mappings/{two.mapping_id}", _REP | {"sales_rep_email": "me@thief.example"}),
        ("DELETE", f"/analytics/email/mappings/{two.mapping_id}", None),
        ("PATCH", f"/analytics/tasks/cart-abandonment/{two.task_key}", {"status": "done"}),
        ("PATCH", f"/auth/tenants/{two.company.tenant_id}", {"name": "taken over"}),
        ("PUT", f"/api/organizations/{two.company.tenant_id}", {"name": "taken over"}),
    ]
    admin = await connected(stack)
    before = await counts_of(admin, two.company.tenant_id)
    for method, path, body in calls:
        answer = await two.stranger.api.request(method, path, json=body)
        assert answer.status_code in (403, 404), (method, path, answer.status_code, answer.text)
        assert _CANARY not in answer.text
    assert await counts_of(admin, two.company.tenant_id) == before
    await admin.close()
    assert (await two.company.get("/analytics/email/mappings"))["data"][0]["sales_rep_email"] == "rita@shop.example"
    assert [task["status"] for task in await two.company.tasks("cart-abandonment", DAY)] == ["open"]
    assert (await two.company.get(f"/data/ingest/jobs/{two.job_id}"))["status"] == "completed"
    names = {tenant["name"] for tenant in (await two.company.get("/auth/me"))["tenants"]}
    assert "taken over" not in names


async def test_another_tenant_in_body_or_query_means_nothing(two: Two, stack: Stack):
    theirs = str(two.company.tenant_id)
    admin = await connected(stack)
    before = await counts_of(admin, two.company.tenant_id)
    assert (await counts_of(admin, two.stranger.tenant_id))["data.page_view"] == 0
    posted = await two.stranger.post("/data/events", {"events": [_EVENT | {"tenant_id": theirs}], "tenant_id": theirs})
    assert posted["accepted"] == 1
    assert (await counts_of(admin, two.stranger.tenant_id))["data.page_view"] == 1
    assert await counts_of(admin, two.company.tenant_id) == before
    await admin.close()
    for name in ("tenant_id", "tenant", "X-Tenant-Id", "org_id"):
        answer = await two.stranger.api.get(
            "/analytics/tasks/cart-abandonment", params={"start_date": DAY, "end_date": DAY, name: theirs}
        )
        assert _CANARY not in answer.text
    sent = await two.stranger.api.post(
        "/analytics/email/send-reports", json={"report_date": DAY, "branch_codes": ["D07"], "tenant_id": theirs}
    )
    assert sent.status_code == 422, "the stranger has no such branch"
    assert (await two.company.get("/analytics/email/history"))["total"] == 0
