"""Access: who may read which figures, and work which tasks."""

from dataclasses import replace

import pytest

from common.testing.cluster import MigratedDatabase
from common.testing.people import add_person
from tests.analytics_service import shop
from tests.analytics_service.conftest import Service

DAY = {"start_date": "2024-04-28", "end_date": "2024-04-29"}
LISTS = ["purchases", "cart-abandonment", "search-analysis", "repeat-visits"]
READS = [*(f"/analytics/tasks/{kind}" for kind in LISTS), "/analytics/stats", "/analytics/locations"]


@pytest.mark.parametrize("path", READS)
async def test_nobody_reads_another_tenants_figures(service: Service, path: str) -> None:
    await service.record([*shop.a_day()])
    own = await service.get(path, **DAY)
    assert own.status_code == 200
    assert '"N"' in own.text
    stranger = service.people["stranger"]
    headers = {**stranger.headers, "X-Tenant-Id": str(service.tenant_id)}
    assert (await service.client.get(path, params=DAY, headers=headers)).status_code == 403
    inside = await service.get(path, "stranger", **DAY)
    assert inside.status_code == 200
    assert '"N"' not in inside.text
    assert (await service.client.get(path, params=DAY)).status_code == 401


@pytest.mark.parametrize("kind", LISTS)
async def test_a_rep_sees_only_their_own_branches(service: Service, kind: str) -> None:
    theirs = [replace(row, device=f"their {row.device}", user_id=None, location_id="S") for row in shop.a_day()]
    theirs = [replace(row, transaction_id=row.transaction_id and "T2") for row in theirs]
    await service.record([*shop.a_day(), *theirs])
    assert (await service.get(f"/analytics/tasks/{kind}", **DAY)).json()["total"] == 2
    page = (await service.get(f"/analytics/tasks/{kind}", "rep of N", **DAY)).json()
    assert [task["location_id"] for task in page["data"]] == ["N"]
    assert page["total"] == 1
    answer = await service.get(f"/analytics/tasks/{kind}", "rep of N", **DAY, location_id="S")
    assert answer.status_code == 403


async def test_a_rep_with_read_access_to_figures_reads_those_of_their_own_branches(
    service: Service, database: MigratedDatabase
) -> None:
    theirs = [replace(row, device=f"their {row.device}", location_id="S") for row in shop.a_day()]
    theirs = [replace(row, transaction_id=row.transaction_id and "T2") for row in theirs]
    await service.record([*shop.a_day(), *theirs])
    permissions = ["analytics:read"]
    service.people["reader"] = await add_person(
        database.superuser_dsn, service.tenant_id, "rep", branch_codes=["N"], permissions=permissions
    )
    for elsewhere in ({}, {"location_id": "S"}):
        assert (await service.get("/analytics/stats", "reader", **DAY, **elsewhere)).status_code == 403
    own = await service.get("/analytics/stats", "reader", **DAY, location_id="N")
    assert own.json() == (await service.get("/analytics/stats", **DAY, location_id="N")).json()
    branches = (await service.get("/analytics/locations", "reader")).json()
    assert [branch["location_id"] for branch in branches["data"]] == ["N"]


async def test_a_rep_reads_no_statistics(service: Service) -> None:
    assert (await service.get("/analytics/stats", "rep of N")).status_code == 403
    assert (await service.get("/analytics/locations", "rep of N")).status_code == 403
    assert (await service.get("/analytics/stats", "analyst")).status_code == 200
