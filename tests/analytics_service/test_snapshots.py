"""Snapshots: figures as they were when they were saved."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.testing.cluster import MigratedDatabase
from tests.analytics_service.conftest import Service
from tests.analytics_service.marketing_books import store_books
from tests.analytics_service.marketing_reference import AdDay, Books, Contract, Lead
from tests.analytics_service.stored import as_analytics, refresh


async def test_a_snapshot_keeps_the_figures_of_its_period_until_it_is_saved_again(
    service: Service, database: MigratedDatabase
) -> None:
    async def save(who: str = "analyst", **body: Any) -> Any:
        return await service.client.post("/api/analytics", json=body, headers=service.people[who].headers)

    async def record(books: Books) -> None:
        await store_books(service.stored, books)
        async with as_analytics(database, service.tenant_id) as connection:
            await refresh(connection, service.tenant_id, rebuild=True)

    # Wednesday, May 1, is in the week that began on Sunday, April 28.
    leads = [Lead("1", date(2024, 4, 28), utm_source="google", utm_campaign="One"), Lead("2", date(2024, 5, 1))]
    contracts = [
        Contract("C", "1", date(2024, 5, 9), Decimal("90.005")),
        Contract("D", "2", date(2024, 5, 9), Decimal(1)),
    ]
    ads = [
        AdDay("google", "a", "1", "One", date(2024, 4, 29), Decimal(40)),
        AdDay("google", "a", "2", "Two", date(2024, 5, 2), Decimal(5)),
    ]
    await record(Books(leads, contracts, ads))
    writer = service.stored.writer
    await writer.execute("update auth.tenant set week_start = 'sunday' where tenant_id = $1", service.tenant_id)
    week = await save(type="weekly", date="2024-05-01")
    assert week.status_code == 201
    said = week.json()
    assert (UUID(said["id"]), said["type"], said["date"]) == (UUID(said["id"]), "weekly", "2024-04-28")
    top = {"platform": "google", "campaign_name": "One", "leads": 1, "conversions": 1, "revenue": 90.01, "spend": 40}
    assert said["metrics"] == {
        "total_spend": 45, "total_revenue": 91.01, "total_conversions": 2, "average_roi": 102.23,
        "top_performing_campaigns": [{**top, "roi": 125.01}],
    }  # fmt: skip
    month = (await save(type="monthly", date="2024-05-31")).json()
    day = (await save(type="daily", date="2024-05-01")).json()
    assert (month["date"], month["metrics"]["total_spend"], day["metrics"]["total_revenue"]) == ("2024-05-01", 5, 1)

    await record(Books([], [], [AdDay("google", "a", "1", "One", date(2024, 5, 3), Decimal(5))]))
    listed = (await service.get("/api/analytics")).json()
    assert [(one["type"], one["date"]) for one in listed["data"]] == [
        ("daily", "2024-05-01"), ("monthly", "2024-05-01"), ("weekly", "2024-04-28")
    ]  # fmt: skip
    assert listed["data"][2] == said
    again = await save(type="weekly", date="2024-05-04")
    assert (again.status_code, again.json()["id"], again.json()["metrics"]["total_spend"]) == (200, said["id"], 50)
    assert (await service.get("/api/analytics", type="weekly")).json()["total"] == 1

    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"type": "hourly"}, "type"),
        ({"type": "daily", "date": "2190-01-01"}, "date"),
        ({"type": "daily", "date": 1}, "date"),
        ({"type": "daily", "date": "1066-10-14"}, "date"),
        ({}, "type"),
    )
    for body, field in wrong:
        answer = await save(**body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), body
    message = (await save(type="daily", date="1066-10-14")).json()["errors"][0]["message"]
    assert message == "Input should be greater than or equal to 1970-01-01"
    assert (await service.get("/api/analytics", type="hourly")).status_code == 422
    assert (await save("rep of N", type="daily")).status_code == 403
    assert (await service.get("/api/analytics", "stranger")).json()["data"] == []
