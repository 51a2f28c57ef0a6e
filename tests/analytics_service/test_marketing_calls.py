"""The parameters and callers of the marketing routes."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from common.clock import now
from common.events.contracts.data_marketing_recorded import MarketingRecorded
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_person
from tests.analytics_service import shop
from tests.analytics_service.conftest import Service
from tests.analytics_service.marketing_books import store_books
from tests.analytics_service.marketing_reference import AdDay, Books, Contract, Lead
from tests.analytics_service.stored import as_analytics, refresh

LISTS = (
    "sales/v5/campaigns",
    "sales/v5/utm-sources",
    "sales/v6/reco/budget",
    "campaigns/v5/campaigns/wow",
    "campaigns/v5/campaigns/scatter-matrix",
    "campaigns/v5/campaigns/anomalies",
    "campaigns/v7/insights/campaign-performance",
    "products",
    "branches",
    "utm-audit",
    "ledger",
)
CALLS = (
    *LISTS,
    "dashboard/v5/kpi",
    "dashboard/v5/trend/leads",
    "dashboard/v5/trend/spend",
    "sales/v5/share/platforms",
    "sales/v6/leads/paid-split/platforms",
    "campaigns/v7/metrics/trend",
)
REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"date_from": "2024-04-02", "date_to": "2024-04-01"}, "date_from"),
    ({"date_from": "2019-03-31", "date_to": "2024-03-31"}, "date_to"),
    ({"date_from": "0.0"}, "date_from"),
    ({"date_to": "2024-02-30"}, "date_to"),
    ({"date_from": "2199-12-01", "date_to": "2200-01-01"}, "date_to"),
    ({"platforms": "meta,"}, "platforms"),
    ({"platforms": "Meta"}, "platforms"),
    ({"platforms": "meta;google"}, "platforms"),
    ({"platforms": "meta\n"}, "platforms"),
)
YEARS = {"date_from": "2021-05-01", "date_to": "2024-04-30"}
APRIL = {"date_from": "2024-04-01", "date_to": "2024-04-30"}


async def test_an_invalid_parameter_is_refused_and_named(service: Service) -> None:
    for path in CALLS:
        asked = [*REFUSED[:: 1 if path in {"products", "dashboard/v5/kpi"} else 4]]
        asked += [({"limit": limit}, "limit") for limit in (0, -1, 501, 10**9, "ten") if path in LISTS]
        for params, field in asked:
            answer = await service.get(f"/api/analytics/{path}", **params)
            assert answer.status_code == 422, (path, params)
            assert [error["field"] for error in answer.json()["errors"]] == [field], (path, params)


async def test_a_company_without_rows_is_answered_with_zeros_and_empty_lists(service: Service) -> None:
    days = 30
    for path in CALLS:
        answer = await service.get(f"/api/analytics/{path}")
        assert answer.status_code == 200, answer.text
        said = answer.json()
        if path == "dashboard/v5/kpi":
            left_out = {"rows": 0, "by_currency": {}, "days": []}
            zeros = dict.fromkeys(("leads", "n_contracts", "revenue", "spend", "cpl", "roas"), 0)
            assert said == {**zeros, "unconverted": left_out}
        elif path == "ledger":
            assert (said["data"], said["total"], said["has_more"]) == ([], 0, False)
            assert set(said["totals"].pop("gaps").values()) | set(said["totals"].values()) == {0}
        elif "trend" in path:
            assert len(said) == days
            assert {value for row in said for name, value in row.items() if name != "dt"} == {0}
        elif path == "utm-audit":
            assert (said["spend_without_leads"], said["leads_without_campaign"], said["has_more"]) == ([], [], False)
            assert said["totals"].pop("by_reason") == {}
            assert set(said["totals"].values()) == {0}
        else:
            assert said == []
        known = {"If-None-Match": answer.headers["etag"]}
        again = await service.client.get(f"/api/analytics/{path}", headers=service.people["admin"].headers | known)
        assert (again.status_code, again.content) == (304, b"")


async def test_the_default_range_is_the_last_thirty_whole_days_in_the_tenants_time_zone(service: Service) -> None:
    day: date = await service.stored.writer.fetchval("select (now() at time zone 'America/Chicago')::date") or date.min
    said = (await service.get("/api/analytics/dashboard/v5/trend/leads")).json()
    assert (said[0]["dt"], said[-1]["dt"]) == (str(day - timedelta(30)), str(day - timedelta(1)))
    since = (await service.get("/api/analytics/dashboard/v5/trend/leads", date_to="2024-03-01")).json()
    assert (since[0]["dt"], len(since)) == ("2024-02-01", 30)


async def test_only_readers_of_the_whole_company_are_answered(service: Service, database: MigratedDatabase) -> None:
    service.people["reading rep"] = await add_person(
        database.superuser_dsn, service.tenant_id, "rep", branch_codes=["N"], permissions=["analytics:read"]
    )
    for path in CALLS:
        assert (await service.client.get(f"/api/analytics/{path}")).status_code == 401
        answers = {
            who: await service.get(f"/api/analytics/{path}", who) for who in ("analyst", "rep of N", "reading rep")
        }
        assert {who: answer.status_code for who, answer in answers.items()} == {
            "analyst": 200, "rep of N": 403, "reading rep": 403
        }  # fmt: skip
        assert answers["reading rep"].json()["type"] == "urn:branchwise:problem:whole-company-only"


async def test_products_and_branches_have_their_leads_and_their_website_figures(service: Service) -> None:
    leads = [
        Lead("1", date(2024, 4, 2), utm_source="google", product_id="P1", location_id="N"),
        Lead("2", date(2024, 4, 2), utm_source="fb", product_name="Only said", location_id="S"),
    ]
    await store_books(service.stored, Books(leads, [Contract("C", "1", date(2024, 4, 9), Decimal("99.995"))]))
    await service.record([*shop.a_day(), *shop.a_purchase("T2", device="far", location_id="E")])
    nothing = {"leads": 0, "contracts": 0, "revenue": 0, "conversion_rate": 0}
    first = {"product_id": "P1", "product_name": "Product P1", "leads": 1, "contracts": 1, "revenue": 100.0}
    first |= {"conversion_rate": 100, "views": 1, "add_to_carts": 0, "purchases": 2}
    said = {"product_id": None, "product_name": "Only said", **nothing, "leads": 1}
    said |= {"views": 0, "add_to_carts": 0, "purchases": 0}
    assert (await service.get("/api/analytics/products", **APRIL)).json()[:2] == [first, said]
    of_meta = (await service.get("/api/analytics/products", **APRIL, platforms="facebook")).json()
    assert of_meta == [said]

    north, south, east = (await service.get("/api/analytics/branches", **APRIL)).json()
    assert north == {
        "location_id": "N", "location_name": "N", "city": None, "leads": 1, "contracts": 1, "revenue": 100.0,
        "conversion_rate": 100, "purchases": 1, "online_revenue": 20.5,
    }  # fmt: skip
    assert (south["location_id"], south["leads"], south["purchases"]) == ("S", 1, 0)
    assert (east["location_id"], east["leads"], east["online_revenue"]) == ("E", 0, 20.5)
    of_meta = (await service.get("/api/analytics/branches", **APRIL, platforms="meta")).json()
    assert [branch["location_id"] for branch in of_meta] == ["S"]


async def test_days_whose_leads_have_not_had_their_time_are_no_ground_for_a_recommendation(
    service: Service, database: MigratedDatabase
) -> None:
    today = now().date()
    signed = [0, 1, 2, 3, 10, 10, 10, 12, 30, 90]
    leads = [Lead(f"L{n}", today - timedelta(n + 200)) for n in range(10)]
    contracts = [
        Contract(f"C{n}", f"L{n}", leads[n].day + timedelta(days), Decimal(1)) for n, days in enumerate(signed)
    ]
    contracts += [Contract("cancelled", "L9", today, Decimal(1), status="cancelled")]
    contracts += [Contract("of nobody", "?", today, Decimal(1))]
    # Eight of ten contracts took at most twelve days, so the ads of the two oldest days are judged, in any time zone.
    ads = [AdDay("meta", "a", "1", "One", today - timedelta(days), Decimal(days)) for days in (5, 9, 13, 14)]
    ads += [AdDay("meta", "a", "2", "Ended", today - timedelta(14), Decimal(1))]
    ads += [AdDay("google", "a", "3", "Unreported", today - timedelta(14), Decimal(1))]
    await store_books(service.stored, Books(leads, contracts, ads))
    async with as_analytics(database, service.tenant_id) as connection:
        await refresh(connection, service.tenant_id)
    one, *others = (await service.get("/api/analytics/sales/v6/reco/budget")).json()
    assert (one["campaign_name"], one["spend_cur"]) == ("One", 27)
    first, last = (date.fromisoformat(one[name]) for name in ("first_day", "last_day"))
    assert ((last - first).days + 1, abs((today - last).days - 12) <= 1) == (one["days"], True)
    # The present spend is that of the young days: 5 in three days; 0 if a campaign ended, null if nothing is reported.
    assert one["daily_spend"] in {1.25, 1.67, 2.5}  # (as the tenant's midnight lies)
    assert {other["campaign_name"]: other["daily_spend"] for other in others} == {"Ended": 0, "Unreported": None}


async def test_a_campaign_with_spend_on_young_days_only_says_what_is_missing(
    service: Service, database: MigratedDatabase
) -> None:
    today = now().date()
    # Contracts take 30 days, so of the last 30 whole days only the first is old enough, on which nobody spent.
    leads = [Lead(f"L{n}", today - timedelta(100)) for n in range(5)]
    contracts = [Contract(f"C{n}", f"L{n}", today - timedelta(70), Decimal(1)) for n in range(5)]
    ads = [AdDay("meta", "a", "1", "Young", today - timedelta(n), Decimal(10)) for n in range(2, 22)]
    ads += [AdDay("meta", "a", "2", "Ended", today - timedelta(15), Decimal(3))]
    ads += [AdDay("meta", "a", "3", "Free", today - timedelta(9), Decimal(0))]
    await store_books(service.stored, Books(leads, contracts, ads))
    async with as_analytics(database, service.tenant_id) as connection:
        await refresh(connection, service.tenant_id)
    young, ended = (await service.get("/api/analytics/sales/v6/reco/budget")).json()
    assert (young["campaign_name"], young["action"], young["confidence"]) == ("Young", "monitor", 0)
    assert (young["held_by"], young["days"], young["spend_cur"]) == ("days", 1, 0)
    assert young["first_day"] == young["last_day"]
    assert young["reason"] == (
        "It spent 200.00 in the range, all of it less than 30 days ago. Most contracts are signed within 30 days, so it"
        " can be judged once days with spend are 30 days old."
    )
    assert young["daily_spend"] == 10
    assert (ended["campaign_name"], ended["held_by"], ended["daily_spend"]) == ("Ended", "days", 0)
    # Days of which none is old enough.
    week = {"date_from": str(today - timedelta(10)), "date_to": str(today - timedelta(4))}
    [young] = (await service.get("/api/analytics/sales/v6/reco/budget", **week)).json()
    assert (young["days"], young["first_day"], young["last_day"]) == (0, None, None)
    assert young["reason"].startswith("It spent 70.00 in the range, all of it less than 30 days ago.")


async def test_a_campaign_that_has_just_begun_is_compared_with_the_days_since_and_not_with_thirty(
    service: Service,
) -> None:
    began = date(2024, 4, 1)
    # On each of ten days 10 and two leads, then on ten more 10 and one lead: half the leads, each at twice the cost.
    days = [(began + timedelta(n), lead) for n in range(20) for lead in range(2 if n < 10 else 1)]
    leads = [Lead(f"{day} {lead}", day, utm_source="fb", utm_id="1") for day, lead in days]
    ads = [AdDay("meta", "a", "1", "Young", began + timedelta(n), Decimal(10)) for n in range(20)]
    await store_books(service.stored, Books(leads, [], ads))
    asked = {"date_from": "2024-04-11", "date_to": "2024-04-20"}

    async def found(ad_days: list[str]) -> dict[str, str]:
        batch_id = uuid4()
        lead_days = [str(day) for day, _ in days]
        recorded = MarketingRecorded(batch_id=batch_id, lead_days=lead_days, lead_ids=[], ad_days=ad_days)
        await service.publish_and_wait(recorded, batch_id)
        rows = (await service.get("/api/analytics/campaigns/v5/campaigns/anomalies", **asked)).json()
        return {row["anomaly_type"]: row["severity"] for row in rows}

    ad_days = [str(ad.day) for ad in ads]
    assert await found(ad_days) == {"spike_cpl": "high", "drop_leads": "medium"}
    # A day long before turns up: so it rested from February to April, and spends three times what it did in 30 days.
    await store_books(service.stored, Books([], [], [AdDay("meta", "a", "1", "Young", date(2024, 2, 1), Decimal(1))]))
    assert await found(["2024-02-01"]) == {"spike_cpl": "high", "spike_spend": "high"}


async def test_the_audit_says_why_leads_have_no_campaign(service: Service, database: MigratedDatabase) -> None:
    day = date(2024, 4, 2)
    leads = [
        Lead("named", day, utm_source="google", utm_campaign="Spring"),
        Lead("of google", day, utm_source="fb", utm_id="11"),
        Lead("misspelt", day, utm_source="google", utm_campaign="Sprnig"),
        Lead("stranger", day, utm_source="google", utm_campaign="Sprnig", utm_id="12"),
        Lead("source alone", day, utm_source="google"),
        Lead("newsletter", day, utm_source="newsletter", utm_campaign="May"),
        Lead("nothing", day),
        Lead("click alone", day, gclid="g"),
    ]
    ads = [
        AdDay("google", "", number, name, day, Decimal("9.995"), impressions=7, clicks=2)
        for number, name in (("11", "Spring"), ("14", "'Idle' 🎯"))
    ]
    await store_books(service.stored, Books(leads, [], ads))
    async with as_analytics(database, service.tenant_id) as connection:
        await refresh(connection, service.tenant_id)
    said = (await service.get("/api/analytics/utm-audit", **APRIL)).json()
    idle = {"platform": "google", "campaign_id": "14", "campaign_name": "'Idle' 🎯", "spend": 10.0}
    assert said["spend_without_leads"] == [idle | {"impressions": 7, "clicks": 2}]
    reasons = [(row["platform"], row["reason"], row["platform_has_ads"]) for row in said["leads_without_campaign"]]
    assert reasons == [
        ("direct", "no_utm", False),
        ("google", "no_utm", True),
        ("google", "no_campaign", True),
        ("google", "unknown_name", True),
        ("google", "unknown_id", True),
        ("meta", "other_platform", False),
        ("newsletter", "no_ads", False),
    ]
    assert (said["totals"]["leads"], said["totals"]["leads_without_campaign"]) == (8, 7)


async def test_a_cached_answer_is_outdated_by_its_days_and_by_a_new_campaign_name(service: Service) -> None:
    writer, tenant_id = service.stored.writer, service.tenant_id

    async def campaigns_after(**touched: Any) -> list[dict[str, Any]]:
        batch_id = uuid4()
        data: dict[str, Any] = {"lead_days": [], "lead_ids": [], "ad_days": [], **touched}
        await service.publish_and_wait(MarketingRecorded(batch_id=batch_id, **data), batch_id)
        return (await service.get("/api/analytics/sales/v5/campaigns", **APRIL)).json()

    await writer.execute(
        "insert into data.ad_performance (tenant_id, platform, account_id, campaign_id, day, campaign_name, spend)"
        " values ($1, 'meta', '7', 'c1', '2024-04-03', 'Before', 12)",
        tenant_id,
    )
    assert [row["campaign_name"] for row in await campaigns_after(ad_days=["2024-04-03"])] == ["Before"]
    await writer.execute(
        "insert into data.lead (tenant_id, lead_id, created_day, utm_source, utm_campaign)"
        " values ($1, 'L1', '2024-04-05', 'fb', 'before')",
        tenant_id,
    )
    assert [row["leads"] for row in await campaigns_after(lead_days=["2024-04-05"])] == [1]
    await writer.execute(
        "insert into data.campaign (tenant_id, platform, account_id, external_id, name)"
        " values ($1, 'meta', '7', 'c1', 'After')",
        tenant_id,
    )
    after = await campaigns_after(campaigns=True)
    assert [(row["campaign_name"], row["leads"]) for row in after] == [("After", 1)]


async def test_the_ledger_compares_claims_with_books_over_any_range(
    service: Service, database: MigratedDatabase
) -> None:
    days = [date(2024, 4, 29), date(2024, 4, 30)]
    leads = [Lead("1", days[0], utm_source="google", utm_id="11")]
    contracts = [Contract("C", "1", days[1], Decimal("99.995"))]
    ads = [AdDay("google", "", "11", "Spring", day, Decimal(50)) for day in days]
    await store_books(service.stored, Books(leads, contracts, ads))
    await service.stored.writer.execute(
        "update data.ad_performance set conversions = 2, revenue = 250 where tenant_id = $1 and day = $2",
        *(service.tenant_id, days[0]),
    )
    await service.record(shop.a_day())
    async with as_analytics(database, service.tenant_id) as connection:
        await refresh(connection, service.tenant_id)
    said = (await service.get("/api/analytics/ledger", **APRIL, limit=2)).json()
    first, second = said["data"]
    nothing = dict.fromkeys(("refund", "window", "time_zone", "duplicate", "untracked", "currency", "thresholded"), 0)
    assert first == {
        "dt": "2024-04-29", "platform": "google", "campaign_id": "11", "campaign_name": "Spring", "spend": 50,
        "claimed_conversions": 2, "claimed_revenue": 250, "roas_claimed": 5, "leads": 1, "n_contracts": 1,
        "revenue": 100, "orders": 0, "order_revenue": 0, "refunds": 0, "our_revenue": 100, "roas": 2, "our_roas": 2,
        "gap": 150, "gaps": nothing, "unexplained": 150,
    }  # fmt: skip
    assert (second["platform"], second["campaign_name"], second["orders"], second["gap"]) == ("direct", None, 1, -20.5)
    assert second["gaps"] == nothing | {"untracked": -20.5}
    assert (said["total"], said["has_more"], said["totals"]["our_revenue"]) == (3, True, 120.5)
    assert (said["totals"]["roas"], said["totals"]["our_roas"]) == (1, 1.21)
    of_google = (await service.get("/api/analytics/ledger", **APRIL, platforms="google", page=2, limit=1)).json()
    assert [(line["dt"], line["campaign_name"]) for line in of_google["data"]] == [("2024-04-30", "Spring")]
    years = (await service.get("/api/analytics/ledger", **YEARS, limit=2)).json()
    assert (years["data"], years["total"], years["totals"]) == (said["data"], said["total"], said["totals"])
