"""Every marketing call, compared with plain Python over the same raw rows, and with the other calls."""

import json
import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from loguru import logger

from common.testing.cluster import MigratedDatabase
from tests.analytics_service.conftest import Service
from tests.analytics_service.marketing_answers import Answers, Row
from tests.analytics_service.marketing_books import random_books, store_books, with_rules
from tests.analytics_service.marketing_reference import Books, Platforms, Range, ratio
from tests.analytics_service.stored import as_analytics, refresh
from tests.analytics_service.utm_audit_reference import utm_audit

MARCH = (date(2024, 3, 1), date(2024, 3, 31))
ACROSS = (date(2024, 1, 3), date(2024, 5, 29))
META_AND_GOOGLE = ("facebook,google", frozenset({"meta", "google"}))
ALL: tuple[str | None, Platforms] = (None, None)
# A month, mid-month to mid-month, one day, future days, and nearly all days.
ASKED: tuple[tuple[Range, tuple[str | None, Platforms]], ...] = (
    (MARCH, ALL),
    (MARCH, ("nobody.has-this_1", frozenset({"nobody.has-this_1"}))),
    ((date(2024, 2, 10), date(2024, 4, 5)), META_AND_GOOGLE),
    ((date(2024, 5, 17), date(2024, 5, 17)), ALL),
    ((date(2131, 1, 1), date(2131, 1, 9)), ALL),
    (ACROSS, ALL),
    (ACROSS, META_AND_GOOGLE),
)
ANSWERS: dict[str, Callable[[Answers, Range, Platforms], Any]] = {
    "dashboard/v5/kpi": Answers.kpi,
    "dashboard/v5/trend/leads": lambda answers, days, some: _only(answers.trend(days, some), "dt leads"),
    "dashboard/v5/trend/spend": lambda answers, days, some: _only(answers.trend(days, some), "dt spend"),
    "campaigns/v7/metrics/trend": Answers.trend,
    "sales/v5/campaigns": Answers.campaigns,
    "sales/v5/share/platforms": Answers.shares,
    "sales/v5/utm-sources": Answers.utm_sources,
    "sales/v6/leads/paid-split/platforms": Answers.paid_split,
    "campaigns/v5/campaigns/wow": Answers.changes,
    "campaigns/v5/campaigns/scatter-matrix": Answers.scatter,
    "campaigns/v5/campaigns/anomalies": Answers.anomalies,
    "campaigns/v7/insights/campaign-performance": Answers.performance,
}
LISTS = {
    path
    for path in ANSWERS
    if "sales/v5/campaigns" in path or "utm" in path or "campaigns/v5" in path or "v7/i" in path
}


def _only(rows: list[Row], fields: str) -> list[Row]:
    return [{field: row[field] for field in fields.split()} for row in rows]


async def figures(service: Service, path: str, days: Range, platforms: str | None, **params: Any) -> Any:
    asked = {"date_from": str(days[0]), "date_to": str(days[1]), **params} | (
        {"platforms": platforms} if platforms else {}
    )
    answer = await service.get(f"/api/analytics/{path}", **asked)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text, parse_float=Decimal)


@pytest.fixture
async def books(service: Service, database: MigratedDatabase) -> Books:
    seed = random.randrange(1 << 32)
    logger.info("books of seed {}", seed)
    books = await with_rules(service.stored, random_books(random.Random(seed)))
    await store_books(service.stored, books)
    await service.stored.writer.execute(
        "insert into data.locations (tenant_id, location_id, location_name, city) values ($1, 'N', 'North', 'Omaha')",
        service.tenant_id,
    )
    await service.stored.writer.execute(
        "insert into data.product (tenant_id, product_id, product_name) values ($1, 'P1', 'The pump')",
        service.tenant_id,
    )
    async with as_analytics(database, service.tenant_id) as connection:
        await refresh(connection, service.tenant_id)
    return books


def answers_of(books: Books) -> Answers:
    names = {(one.platform, one.ref): one.name for one in books.campaigns()}
    return Answers(books.facts(), names, {"P1": "The pump"}, {"N": ("North", "Omaha")})


async def test_every_answer_equals_the_reference_and_agrees_with_the_others(service: Service, books: Books):
    answers = answers_of(books)
    for days, (named, platforms) in ASKED:
        said = {
            path: await figures(service, path, days, named, **({"limit": 500} if path in LISTS else {}))
            for path in ANSWERS
        }
        left_out = said["dashboard/v5/kpi"].pop("unconverted")
        assert left_out == money_left_out(books, days, platforms)
        for path, expected in ANSWERS.items():
            assert said[path] == expected(answers, days, platforms), (path, days, named)
        agree_with_each_other(said)
        await leads_by_product_and_branch(service, answers, days, named, platforms)
        await budget_is_recommended(service, answers, days, named, platforms)
        await audit_finds_what_cannot_be_credited(service, books, days, named, platforms)


def money_left_out(books: Books, days: Range, platforms: Platforms) -> Row:
    leads = {lead.lead_id: lead for lead in books.leads}
    rows = [(ad.day, ad.platform, ad.currency, ad.spend, ad.day) for ad in books.ads]
    rows += [
        (leads[one.lead_id].day, books.platform(leads[one.lead_id]), one.currency, one.amount, one.day)
        for one in books.contracts
        if one.lead_id in leads and one.status == "signed"
    ]
    euros = [
        row
        for row in rows
        if row[2] == "EUR" and days[0] <= row[0] <= days[1] and (not platforms or row[1] in platforms)
    ]
    by_currency = {"EUR": sum(row[3] for row in euros)} if euros else {}
    return {
        "rows": len(euros),
        "by_currency": {currency: ratio(amount, 1) for currency, amount in by_currency.items()},
        "days": sorted({str(row[4]) for row in euros}),
    }


def agree_with_each_other(said: dict[str, Any]) -> None:
    kpi, campaigns = said["dashboard/v5/kpi"], said["sales/v5/campaigns"]
    leads_of = ("sales/v5/campaigns", "dashboard/v5/trend/leads", "sales/v5/share/platforms", "sales/v5/utm-sources")
    assert {sum(row["leads"] for row in said[path]) for path in leads_of} == {kpi["leads"]}
    assert sum(row["total_leads"] for row in said["sales/v6/leads/paid-split/platforms"]) == kpi["leads"]
    assert sum(row["n_contracts"] for row in campaigns) == kpi["n_contracts"]
    # Each amount is rounded separately.
    assert abs(sum(row["spend"] for row in campaigns) - kpi["spend"]) <= Decimal("0.005") * (len(campaigns) + 1)
    shares = [row["share_pct"] for row in said["sales/v5/share/platforms"]]
    assert sum(shares) == (100 if kpi["leads"] else 0)
    for row in said["sales/v6/leads/paid-split/platforms"]:
        assert row["paid_pct"] + row["organic_pct"] == 100


async def leads_by_product_and_branch(
    service: Service, answers: Answers, days: Range, named: str | None, platforms: Platforms
) -> None:
    products = answers.products_of_leads(days, platforms)
    products.sort(
        key=lambda row: (
            -row["leads"],
            -row["revenue"],
            row["product_id"] is None,
            row["product_id"],
            row["product_name"],
        )
    )
    traffic = {"views": 0, "add_to_carts": 0, "purchases": 0}
    assert await figures(service, "products", days, named) == [row | traffic for row in products]
    branches = answers.branches_of_leads(days, platforms)
    branches.sort(key=lambda row: (-row["leads"], -row["revenue"], row["location_id"]))
    orders = {"purchases": 0, "online_revenue": 0}
    assert await figures(service, "branches", days, named) == [row | orders for row in branches]


async def budget_is_recommended(
    service: Service, answers: Answers, days: Range, named: str | None, platforms: Platforms
) -> None:
    rows = await figures(service, "sales/v6/reco/budget", days, named, limit=500)
    expected = answers.budget(days, platforms)
    assert sorted((row["platform"], row["campaign_name"], row["action"]) for row in rows) == sorted(
        (key[0], answers.names[key], action) for key, (action, _) in expected.items()
    )
    assert sorted(row["confidence"] for row in rows) == pytest.approx(
        sorted(Decimal(sure) for _, sure in expected.values()), abs=Decimal("0.0051")
    )


async def audit_finds_what_cannot_be_credited(
    service: Service, books: Books, days: Range, named: str | None, platforms: Platforms
) -> None:
    expected = utm_audit(books, days, platforms)
    lists = ("spend_without_leads", "leads_without_campaign")
    whole = {"page": 1, "limit": 500, "has_more": False}
    assert await figures(service, "utm-audit", days, named, limit=500) == expected | whole
    rows = max(len(expected[name]) for name in lists)
    page = {"page": 2, "limit": 3, "has_more": rows > 6}
    assert await figures(service, "utm-audit", days, named, limit=3, page=2) == expected | page | {
        name: expected[name][3:6] for name in lists
    }
