"""Checks of aggregates: differences from raw rows are found, recorded and mended."""

from typing import Any

import pytest

from services.analytics_service.jobs.check_yesterday import queue_due_checks
from tests.analytics_service import shop
from tests.analytics_service.conftest import Service

DAYS = {"date_from": "2024-04-27", "date_to": "2024-04-30"}


async def ended(service: Service, job: dict[str, Any]) -> dict[str, Any]:
    """Wait until the job has ended, and return it."""
    while job["status"] in ("queued", "running"):
        job = (await service.get(f"/api/analytics/jobs/{job['job_id']}")).json()
    return job


async def begun(service: Service, path: str, **body: Any) -> dict[str, Any]:
    answer = await service.client.post(path, json={**DAYS, **body}, headers=service.people["manager"].headers)
    assert answer.status_code == 202, answer.text
    return await ended(service, answer.json())


async def test_differences_are_recorded_and_mended(service: Service) -> None:
    await service.record([*shop.a_purchase(), *shop.an_open_cart()])
    assert (await begun(service, "/api/analytics/aggregate/check"))["counts"]["differences"] == 0
    writer = service.stored.writer
    await writer.execute("update analytics.day_total set page_views = page_views + 7 where location_id = ''")
    await writer.execute(
        "insert into analytics.platform_day select $1, '2024-04-28', 'meta', 0, 1, 0, 0, 0, 0, 0, 0, 0",
        service.tenant_id,
    )
    job = await begun(service, "/api/analytics/aggregate/check", mend=True)
    listed = (await service.get("/api/analytics/aggregate/differences", "manager", job_id=job["job_id"])).json()
    assert job["counts"]["differences"] == listed["total"] >= 2
    assert {row["table_name"] for row in listed["data"]} == {"day_total", "platform_day"}
    assert (await begun(service, "/api/analytics/aggregate/check"))["counts"]["differences"] == 0


async def test_a_rebuild_of_days_mends_them_too(service: Service) -> None:
    await service.record(shop.a_purchase())
    await service.stored.writer.execute("update analytics.day_total set purchases = 40")
    assert (await begun(service, "/api/analytics/aggregate"))["counts"]["days"] == 4
    assert (await begun(service, "/api/analytics/aggregate/check"))["counts"]["differences"] == 0


async def test_each_night_a_check_of_yesterday_is_queued_once(service: Service) -> None:
    await service.record(shop.a_purchase())
    writer = service.stored.writer
    await writer.execute("update analytics.rollup_state set check_due_at = now() - interval '1 minute'")
    await queue_due_checks(service.context)
    await queue_due_checks(service.context)
    queued = await writer.fetch("select tenant_id, params ->> 'date_to' from analytics.job")
    yesterday = await writer.fetchval("select ((now() at time zone 'America/Chicago')::date - 1)::text")
    assert [tuple(row) for row in queued] == [(service.tenant_id, yesterday)]


@pytest.mark.parametrize("body", [{"date_from": "2024-05-02"}, {"date_from": "2010-01-01"}, {"date_from": "nonsense"}])
async def test_an_invalid_range_is_refused(service: Service, body: dict[str, str]) -> None:
    answer = await service.client.post(
        "/api/analytics/aggregate", json=DAYS | body, headers=service.people["manager"].headers
    )
    assert answer.status_code == 422
    assert "date_" in answer.text
