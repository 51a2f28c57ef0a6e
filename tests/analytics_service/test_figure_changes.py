"""Changes of figures after their day was complete: when, from what to what, and why."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from common.db import Connection
from common.testing.cluster import MigratedDatabase
from services.analytics_service.jobs.check_yesterday import queue_due_checks
from tests.analytics_service.conftest import Service
from tests.analytics_service.marketing_books import store_books
from tests.analytics_service.marketing_reference import AdDay, Books, Contract, Lead
from tests.analytics_service.stored import as_analytics, refresh

DAY = date(2024, 4, 2)


async def mark(connection: Connection, tenant_id: Any, **keys: Any) -> None:
    names = ", ".join(keys)
    places = ", ".join(f"${n}" for n in range(2, 2 + len(keys)))
    await connection.execute(
        f"insert into analytics.dirty_key (tenant_id, {names}) values ($1, {places})",
        tenant_id,
        *keys.values(),
    )


async def check_pages_and_access(service: Service) -> None:
    asked: dict[str, Any] = {
        "date_from": "2024-04-01",
        "date_to": "2024-04-30",
        "platforms": "facebook",
        "limit": 1,
        "page": 2,
    }
    page = (await service.get("/api/analytics/changes", **asked)).json()
    assert (page["total"], page["page"], page["limit"], page["has_more"]) == (3, 2, 1, True)
    assert page["data"][0]["metric"] == "spend", "the newest first"
    assert (await service.get("/api/analytics/changes", date_to="2024-04-01")).json()["total"] == 0
    for who, status in {"analyst": 200, "rep of N": 403, "stranger": 200}.items():
        answer = await service.get("/api/analytics/changes", who, **asked)
        assert answer.status_code == status
    elsewhere = await service.get("/api/analytics/changes", "stranger", **asked)
    assert elsewhere.json()["total"] == 0
    assert (await service.get("/api/analytics/changes", limit=0)).status_code == 422


async def test_changes_of_complete_days_are_listed_with_their_reason(
    service: Service, database: MigratedDatabase
) -> None:
    writer, tenant_id = service.stored.writer, service.tenant_id

    async def changes_after(**keys: Any) -> list[tuple[Any, ...]]:
        """Mark these keys dirty, and return the changes since the last call once the answers include them."""
        async with as_analytics(database, tenant_id) as connection:
            await mark(connection, tenant_id, **keys)
            await refresh(connection, tenant_id)
        answer = (await service.get("/api/analytics/changes", date_from="2024-04-01", date_to="2024-04-30")).json()
        new = answer["data"][: answer["total"] - len(seen)]
        seen.extend(new)
        return sorted((c["platform"], c["metric"], c["from"], c["to"], c["difference"], c["reason"]) for c in new)

    seen: list[dict[str, Any]] = []
    leads = [Lead("1", DAY, utm_source="google"), Lead("2", DAY, utm_source="fb")]
    ads = [AdDay("meta", "a", "1", "One", DAY, Decimal("10.004"), 100, 5, "EUR")]
    ads += [AdDay("google", "g", "2", "Two", DAY, Decimal(7))]
    await writer.execute("delete from data.fx_rate where tenant_id = $1", tenant_id)
    await writer.execute(
        "insert into data.fx_rate (tenant_id, base, currency, day, rate) values ($1, 'USD', 'EUR', $2, 2)",
        tenant_id,
        DAY,
    )
    await store_books(service.stored, Books(leads, [], ads))
    assert await changes_after(lead_days=[DAY], ad_days=[DAY]) == []
    # The day is not complete yet, so new rows are not changes.
    await writer.execute("update data.ad_performance set clicks = 6 where tenant_id = $1", tenant_id)
    assert await changes_after(ad_days=[DAY]) == []

    await writer.execute("update analytics.rollup_state set check_due_at = now() - interval '1 minute'")
    await queue_due_checks(service.context)
    assert await changes_after(lead_days=[DAY], ad_days=[DAY]) == [], "what stays as it is has no history"

    await writer.execute(
        "update data.ad_performance set clicks = 8, spend = spend + 0.0001 where tenant_id = $1 and platform = 'meta'",
        tenant_id,
    )
    assert await changes_after(ad_days=[DAY]) == [("meta", "clicks", 6, 8, 2, "restatement")], (
        "money below a hundredth is not answered"
    )

    await store_books(service.stored, Books([], [Contract("C", "1", DAY + timedelta(9), Decimal("99.995"))]))
    revenue = ("google", "revenue", 0, 100, 100, "late_rows")
    assert await changes_after(lead_ids=["1"]) == [("google", "contracts", 0, 1, 1, "late_rows"), revenue]

    await writer.execute("update data.fx_rate set rate = 3 where tenant_id = $1", tenant_id)
    assert await changes_after(rate_days=[DAY], rate_currencies=["EUR"]) == [
        ("meta", "spend", 20.01, 30.01, 10.0, "rates")
    ]

    # A rule moves the lead to another platform; a mended day gives the reason `rebuild`.
    await writer.execute(
        "insert into analytics.platform_source (source, platform) values ('test-source', 'tiktok')"
        " on conflict do nothing"
    )
    await writer.execute(
        "update data.lead set utm_source = 'test-source' where tenant_id = $1 and lead_id = '2'", tenant_id
    )
    moved = [("meta", "leads", 1, 0, -1, "rule_change"), ("tiktok", "leads", 0, 1, 1, "rule_change")]
    assert await changes_after(batch_id=uuid4()) == moved
    await writer.execute("update analytics.platform_day set leads = 41 where platform = 'google'")
    assert await changes_after(lead_days=[DAY], ad_days=[DAY], is_rebuild=True) == [
        ("google", "leads", 41, 1, -40, "rebuild")
    ]
    await writer.execute("delete from analytics.platform_source where source = 'test-source'")

    assert {change["day"] for change in seen} == {str(DAY)}
    await check_pages_and_access(service)


async def test_days_that_get_their_first_row_later_are_complete_from_the_next_midnight_on(
    service: Service, database: MigratedDatabase
) -> None:
    writer, tenant_id = service.stored.writer, service.tenant_id
    for n, expected in enumerate((0, 0, 2)):
        ads = [AdDay("meta", str(n), "1", "One", DAY - timedelta(days), Decimal(5)) for days in (0, 400 * (n > 0))]
        await store_books(service.stored, Books([], [], ads[: 1 + (n > 0)] if n != 1 else ads[1:]))
        async with as_analytics(database, tenant_id) as connection:
            await mark(connection, tenant_id, ad_days=[ad.day for ad in ads])
            await refresh(connection, tenant_id)
        assert await writer.fetchval("select count(*) from analytics.figure_change") == expected
        await writer.execute("update analytics.rollup_state set check_due_at = now() - interval '1 minute'")
        await queue_due_checks(service.context)
