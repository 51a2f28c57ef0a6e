"""Insights from the leads and ads of the real analytics service, running beside the insights service."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from common.clock import now
from common.settings import Settings
from common.testing.apps import app_of
from common.testing.cluster import MigratedDatabase
from common.testing.people import Person, add_person, add_tenant
from common.testing.serve import client_of, serve
from services.analytics_service import SPEC as ANALYTICS
from services.insights_service.domain.generate import generate
from tests.analytics_service.marketing_books import store_books
from tests.analytics_service.marketing_reference import AdDay, Books, Contract, Lead
from tests.analytics_service.stored import Stored, as_analytics, refresh


@pytest_asyncio.fixture
async def client(app: FastAPI, settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    """Provide a client of the insights service, with the real analytics service running beside it."""
    with app_of(ANALYTICS, settings) as analytics:
        async with serve(analytics, settings.analytics_service_port), client_of(app) as client:
            yield client


async def test_each_company_gets_advice_from_its_own_leads_and_ads(
    client: httpx.AsyncClient, app: FastAPI, database: MigratedDatabase
) -> None:
    # Of three campaigns with the same spend, one brings a tenth of the leads; it is a different one for each company.
    first, second = [await _company(database, dear) for dear in ("Autumn", "Winter")]

    async def goes_on(*_: Any) -> None: ...

    for person, dear in ((first, "Autumn"), (second, "Winter")):
        await generate(app.state.context, person.tenant_id, goes_on)
        page = (await client.get("/insights", headers=person.headers)).json()
        [less] = [one for one in page["data"] if one["rule"] == "budget.pause"]
        assert less["title"].startswith(f"Lower the budget of “{dear}” (Google")
        evidence = less["evidence"]
        assert (evidence["leads"], evidence["spend"], evidence["cpl"]) == (4, 290, 72.5)
        assert 4 / 30 * 0.8 > evidence["expected_range"]["low"] > 0
        assert evidence["expected_cpl"]["low"] < 72.5 < evidence["expected_cpl"]["high"]
        assert evidence["reason"].startswith("4 leads in 30 days for 290.00: 72.50 a lead")
        assert (len(evidence["series"]), evidence["series"][-1]["actual"]) == (30, 4)
        assert evidence["series"][-1]["expected"] == pytest.approx(290 / evidence["cpl_usual"], abs=0.01)
        picture = await client.get(f"/insights/{less['id']}/chart.svg", headers=person.headers)
        assert "Leads so far" in picture.text
        insights = (await client.get("/insights", headers=person.headers, params={"status": "all"})).json()["data"]
        assert {one["evidence"]["campaign_name"] for one in insights} == {"Autumn", "Winter", "Spring"}


async def test_if_sales_take_long_advice_uses_thirty_older_days(
    client: httpx.AsyncClient, app: FastAPI, database: MigratedDatabase
) -> None:
    today = now().date()
    person = await _company(database, "Autumn", _books("Autumn", 59, sold_after=23))

    async def goes_on(*_: Any) -> None: ...

    await generate(app.state.context, person.tenant_id, goes_on)
    page = (await client.get("/insights", headers=person.headers, params={"status": "all"})).json()
    [insight] = [one for one in page["data"] if one["rule"].startswith("budget") and "Autumn" in one["title"]]
    evidence = insight["evidence"]
    assert evidence["window"] == {"start": str(today - timedelta(52)), "end": str(today - timedelta(22))}
    assert (insight["rule"], evidence["days"], len(evidence["series"])) == ("budget.pause", 30, 30)


async def test_if_nobody_spent_on_the_only_mature_day_older_days_are_judged_or_reported_as_missing(
    client: httpx.AsyncClient, app: FastAPI, database: MigratedDatabase
) -> None:
    today, books = now().date(), _books("Autumn", 70, sold_after=30)
    # Nobody spent a month ago, and before that Spring did not either.
    began = {"Spring": today - timedelta(28)}
    a_month_ago = [today - timedelta(n) for n in (29, 30, 31)]
    ads = [one for one in books.ads if one.day not in a_month_ago and one.day >= began.get(one.name, one.day)]
    person = await _company(database, "Autumn", replace(books, ads=ads))

    async def goes_on(*_: Any) -> None: ...

    await generate(app.state.context, person.tenant_id, goes_on)
    page = (await client.get("/insights", headers=person.headers, params={"status": "all"})).json()
    told = {one["evidence"]["campaign_name"]: one for one in page["data"] if one["rule"].startswith("budget")}
    assert (told["Autumn"]["rule"], told["Autumn"]["evidence"]["days"]) == ("budget.pause", 30)
    assert told["Spring"]["title"].startswith("Too early to judge “Spring” (Google")
    assert told["Spring"]["title"].endswith("0 of 7 days needed")
    assert told["Spring"]["evidence"]["missing"] == {"have": 0, "need": 7, "what": "days"}
    assert "less than 30 days ago" in told["Spring"]["evidence"]["reason"]


async def test_days_with_late_leads_are_left_out_of_advice(
    client: httpx.AsyncClient, app: FastAPI, database: MigratedDatabase
) -> None:
    today, books = now().date(), _books("Autumn", 59)
    late = today - timedelta(7)
    ads = [replace(one, spend=Decimal(20)) if one.day >= late else one for one in books.ads]
    # A campaign of the late days alone, about which nothing can be said yet.
    ads += [replace(one, campaign_id="New", name="New") for one in ads if one.day >= late and one.name == "Spring"]
    books = replace(books, leads=[one for one in books.leads if one.day < late], ads=ads)
    person = await _company(database, "Autumn", books)

    async def goes_on(*_: Any) -> None: ...

    await generate(app.state.context, person.tenant_id, goes_on)
    page = (await client.get("/insights", headers=person.headers, params={"status": "all"})).json()
    assert [one["evidence"]["source"] for one in page["data"] if one["rule"] == "late_source"] == ["crm"]
    [insight] = [one for one in page["data"] if one["rule"].startswith("budget") and "Spring" in one["title"]]
    evidence = insight["evidence"]
    assert evidence["window"] == {"start": str(late - timedelta(30)), "end": str(late)}
    leads = sum(one.utm_campaign == "Spring" and one.day >= late - timedelta(30) for one in books.leads)
    assert (evidence["spend"], evidence["cpl"]) == (300, round(300 / leads, 2))
    # The present daily spend is still that of the last days.
    assert evidence["daily_spend"] == 20
    [new] = [one for one in page["data"] if one["rule"].startswith("budget") and "New" in one["title"]]
    assert (new["rule"], new["title"]) == (
        "budget.monitor",
        "Too early to judge “New” (Google): 0 of 7 days needed",
    )
    assert new["evidence"]["missing"] == {"have": 0, "need": 7, "what": "days"}
    assert (new["evidence"]["window"], new["evidence"]["daily_spend"]) == (evidence["window"], 20)


async def test_leads_from_before_ads_were_connected_do_not_make_others_seem_cheap(
    client: httpx.AsyncClient, app: FastAPI, database: MigratedDatabase
) -> None:
    # Leads of two months in a file, and of the ads only what was spent since they were connected.
    today, books = now().date(), _books("Autumn", 59)
    connected = today - timedelta(12)
    books = replace(books, ads=[one for one in books.ads if one.day >= connected])
    person = await _company(database, "Autumn", books)

    async def goes_on(*_: Any) -> None: ...

    await generate(app.state.context, person.tenant_id, goes_on)
    page = (await client.get("/insights", headers=person.headers, params={"status": "all"})).json()
    told = {one["evidence"]["campaign_name"]: one["evidence"] for one in page["data"] if "budget" in one["rule"]}
    assert {name: (one["window"]["start"], one["days"]) for name, one in told.items()} == {
        name: (str(connected), 12) for name in ("Autumn", "Spring", "Winter")
    }
    leads = sum(one.utm_campaign == "Spring" and one.day >= connected for one in books.leads)
    assert (told["Spring"]["spend"], told["Spring"]["leads"], len(told["Spring"]["series"])) == (110, leads, 12)


async def test_forecasts_use_the_past_days_of_analytics(
    client: httpx.AsyncClient, app: FastAPI, database: MigratedDatabase
) -> None:
    del app
    person = await _company(database, "Autumn")

    async def days(**params: Any) -> list[dict[str, Any]]:
        answer = await client.get("/insights/forecast", params=params, headers=person.headers)
        return answer.raise_for_status().json()

    leads = await days(horizon=14)
    today = now().date()
    assert [day["dt"] for day in leads] == [str(today + timedelta(n)) for n in range(14)]
    assert all(0 <= day["lo95"] <= day["lo80"] <= day["mean"] <= day["hi80"] <= day["hi95"] for day in leads)
    # The last days had five leads each, and the file of yesterday is missing.
    assert sum(day["mean"] for day in leads) == pytest.approx(14 * 5, rel=0.3)
    assert len(await days(metric="spend")) == 30
    # All leads are of one channel; there are no leads of another channel, and no visits.
    assert await days(horizon=14, channel="organic-search") == leads
    assert await days(channel="email") == await days(metric="sessions") == await days(metric="revenue") == []
    # All leads are of one platform, there were no purchases, and visits are not counted by platform.
    assert await days(horizon=14, channel="google") == leads
    assert await days(metric="purchases") == await days(metric="online_revenue") == []
    for params in ({"metric": "sessions", "channel": "google"}, {"metric": "purchases", "channel": "email"}):
        refused = await client.get("/insights/forecast", params=params, headers=person.headers)
        assert (refused.status_code, "channel" in refused.text) == (422, True)
    rep = await add_person(database.superuser_dsn, person.tenant_id, "rep", branch_codes=["N"])
    assert (await client.get("/insights/forecast", headers=rep.headers)).status_code == 403


async def test_a_goal_set_in_analytics_is_reported_if_it_will_be_missed(
    client: httpx.AsyncClient, app: FastAPI, database: MigratedDatabase, settings: Settings
) -> None:
    person, today = await _company(database, "Autumn"), now().date()
    period = {"period_start": str(today - timedelta(20)), "period_end": str(today + timedelta(9))}
    wanted = {"name": "Many leads", "metric": "leads", "channel": "google", "target": 500, **period}
    async with httpx.AsyncClient(base_url=settings.url_of("analytics"), headers=person.headers) as analytics:
        (await analytics.post("/api/goals", json=wanted)).raise_for_status()

    async def goes_on(*_: Any) -> None: ...

    await generate(app.state.context, person.tenant_id, goes_on)
    page = (await client.get("/insights", headers=person.headers, params={"type": "trend"})).json()
    [insight] = [one for one in page["data"] if one["rule"] == "goal.behind"]
    assert (insight["channel"], insight["evidence"]["target"], insight["evidence"]["days_left"]) == ("google", 500, 11)
    assert insight["evidence"]["expected"] == pytest.approx(insight["evidence"]["so_far"] + 11 * 5, rel=0.3)


async def _company(database: MigratedDatabase, dear: str, books: Books | None = None) -> Person:
    tenant_id = await add_tenant(database.superuser_dsn)
    writer = await asyncpg.connect(database.superuser_dsn)
    await store_books(Stored(writer, tenant_id), books or _books(dear))
    await writer.close()
    async with as_analytics(database, tenant_id) as connection:
        await refresh(connection, tenant_id)
    return await add_person(database.superuser_dsn, tenant_id, "manager")


def _books(dear: str, count: int = 29, sold_after: int | None = None) -> Books:
    """Return days of leads and ads. Every fourth lead that is old enough signs a contract `sold_after` days later."""
    today = now().date()
    days = [today - timedelta(n) for n in range(2, count + 2)]
    leads = [
        Lead(f"{name} {n}", days[n % len(days)], utm_source="google", utm_campaign=name)
        for name in ("Spring", "Autumn", "Winter")
        for n in range((4 if name == dear else 40) * count // 29)
    ]
    ads = [
        AdDay("google", "a", name, name, day, Decimal(10)) for name in ("Spring", "Autumn", "Winter") for day in days
    ]
    signed = [(one.lead_id, one.day + timedelta(sold_after)) for one in leads[::4]] if sold_after else []
    return Books(leads, [Contract(lead, lead, day, Decimal(90)) for lead, day in signed if day <= today], ads)
