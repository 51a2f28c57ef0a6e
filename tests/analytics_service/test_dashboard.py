"""The dashboards of a company and of a channel, compared with plain sums over the raw rows."""

import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from loguru import logger

from common.testing.cluster import MigratedDatabase
from tests.analytics_service.conftest import Service
from tests.analytics_service.marketing_books import store_books
from tests.analytics_service.marketing_reference import AdDay, Books, Contract, Lead, Range, days_of, money, ratio
from tests.analytics_service.stored import as_analytics, refresh

FIRST, DAYS = date(2024, 1, 1), 121
# A whole month, mid-month to mid-month, one day, future days, and nearly all days.
ASKED: tuple[Range, ...] = (
    (date(2024, 3, 1), date(2024, 3, 31)),
    (date(2024, 2, 10), date(2024, 4, 5)),
    (date(2024, 3, 5), date(2024, 3, 5)),
    (date(2131, 1, 1), date(2131, 1, 9)),
    (date(2024, 1, 3), date(2024, 4, 29)),
)
CHANNEL_OF = {
    ("google", "cpc"): "paid-search",
    ("google", "organic"): "organic-search",
    ("facebook", "paid_social"): "paid-social",
    ("facebook", ""): "organic-social",
    ("shopee", "cpc"): "paid-other",
    ("news", "email"): "email",
    ("", ""): "direct",
}
PLATFORM_OF = {"google": "google", "facebook": "meta", "shopee": "shopee", "news": "news", "": "direct"}
# Leads name campaigns by id. The last campaign of each platform has no leads.
CAMPAIGNS = {
    "google": ("g1", "g2", "g3"), "meta": ("m1", "m2", "m3"), "shopee": ("s1", "s2"), "lazada": ("l1",),
    "bing": ("b1",), "unheard.of": ("u1",),
}  # fmt: skip
PAID_CHANNEL_OF = {
    "google": "paid-search", "meta": "paid-social", "shopee": "paid-shopping", "lazada": "paid-shopping",
    "bing": "paid-search", "unheard.of": "paid-other",
}  # fmt: skip
CALLS = ("dashboard/{tenant}", "channel/paid-search")


@dataclass
class Sums:
    """The sums of rows."""

    leads: int = 0
    contracts: int = 0
    revenue: Decimal = Decimal(0)
    spend: Decimal = Decimal(0)
    sessions: int = 0

    def figures(self, contracts: str) -> dict[str, Any]:
        """Return them as an answer shows them."""
        return {
            "sessions": self.sessions, "leads": self.leads, contracts: self.contracts, "revenue": money(self.revenue),
            "spend": money(self.spend), "cpl": ratio(self.spend, self.leads), "roas": ratio(self.revenue, self.spend),
        }  # fmt: skip

    def day(self) -> dict[str, Any]:
        """Return them as a trend shows them."""
        return {
            "leads": self.leads, "spend": money(self.spend), "revenue": money(self.revenue), "sessions": self.sessions,
        }  # fmt: skip


@dataclass
class Company:
    """Raw rows, and sessions by day and channel."""

    books: Books = field(default_factory=Books)
    visits: dict[tuple[date, str], int] = field(default_factory=dict[tuple[date, str], int])

    def cells(self, days: Range) -> dict[tuple[str, date, tuple[str, str]], Sums]:
        """Return the sums by channel, day and campaign ('' is none); each lead, ad and session is in exactly one."""
        within = [lead for lead in self.books.leads if days[0] <= lead.day <= days[1]]
        came: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        cells: dict[tuple[str, date, tuple[str, str]], Sums] = defaultdict(Sums)
        amounts: dict[str, list[Decimal]] = defaultdict(list)
        for contract in self.books.contracts:
            amounts[contract.lead_id].append(contract.amount)
        for lead in within:
            campaign = (PLATFORM_OF[lead.utm_source], lead.utm_id)
            channel = CHANNEL_OF[lead.utm_source, lead.utm_medium]
            came[campaign][channel] += 1
            cell = cells[channel, lead.day, campaign]
            cell.leads += 1
            cell.contracts += len(amounts[lead.lead_id])
            cell.revenue += sum(amounts[lead.lead_id])
        for ad in self.books.ads:
            if days[0] <= ad.day <= days[1] and ad.spend:
                own = came[ad.platform, ad.campaign_id]
                most = min(own, key=lambda name, own=own: (-own[name], name)) if own else PAID_CHANNEL_OF[ad.platform]
                cells[most, ad.day, (ad.platform, ad.campaign_id)].spend += ad.spend
        for (day, channel), sessions in self.visits.items():
            if days[0] <= day <= days[1]:
                cells[channel, day, ("visits", "")].sessions += sessions
        return cells


def company(chance: random.Random) -> Company:
    made = Company()
    for number in range(300):
        source, medium = chance.choice(list(CHANNEL_OF))
        campaign = chance.choice(("", *CAMPAIGNS.get(PLATFORM_OF[source], ("",))[:-1]))
        lead = Lead(f"L{number}", random_day(chance), utm_source=source, utm_medium=medium, utm_id=campaign)
        made.books.leads.append(lead)
        for one in range(chance.choice((0, 0, 1, 2))):
            amount = Decimal(chance.randrange(-900, 9000)) / 1000
            made.books.contracts.append(Contract(f"C{number}.{one}", lead.lead_id, lead.day, amount))
    for platform, campaigns in CAMPAIGNS.items():
        for campaign in campaigns:
            for n in range(DAYS):
                spend = chance.choice((Decimal(0), Decimal(chance.randrange(9000)) / 1000, Decimal("-0.005")))
                made.books.ads.append(AdDay(platform, "a", campaign, campaign, FIRST + timedelta(n), spend))
    for channel in ("direct", "paid-search", "referral"):
        for _ in range(40):
            made.visits[random_day(chance), channel] = chance.randrange(1, 60)
    return made


def random_day(chance: random.Random) -> date:
    return FIRST + timedelta(chance.randrange(DAYS))


async def store(service: Service, database: MigratedDatabase, made: Company) -> None:
    await store_books(service.stored, made.books)
    async with as_analytics(database, service.tenant_id) as connection:
        await refresh(connection, service.tenant_id)
    writer, tenant = service.stored.writer, service.tenant_id
    await writer.executemany(
        "insert into analytics.traffic_day values ($1, $2, $3, $4, 0, 0, 0, 0, false)",
        [(tenant, *key, sessions) for key, sessions in made.visits.items()],
    )
    await writer.execute(
        "insert into analytics.traffic_month"
        " select tenant_id, date_trunc('month', day::timestamp), channel, sum(sessions), 0, 0, 0, 0, 0"
        " from analytics.traffic_day where tenant_id = $1 group by 1, 2, 3",
        tenant,
    )


async def answer(service: Service, path: str, days: Range) -> dict[str, Any]:
    answered = await service.get(f"/api/analytics/{path}", date_from=str(days[0]), date_to=str(days[1]))
    assert answered.status_code == 200, answered.text
    return json.loads(answered.text, parse_float=Decimal)


def added(cells: list[Sums]) -> Sums:
    return Sums(
        sum(one.leads for one in cells), sum(one.contracts for one in cells),
        sum((one.revenue for one in cells), Decimal(0)), sum((one.spend for one in cells), Decimal(0)),
        sum(one.sessions for one in cells),
    )  # fmt: skip


async def test_both_dashboards_equal_sums_over_the_raw_rows(service: Service, database: MigratedDatabase):
    seed = random.randrange(1 << 32)
    logger.info("a company of seed {}", seed)
    made = company(random.Random(seed))
    await store(service, database, made)
    for days in ASKED:
        cells = made.cells(days)
        whole = await answer(service, f"dashboard/{service.tenant_id}", days)
        del whole["kpis"]["unconverted"]
        assert whole["kpis"] == added(list(cells.values())).figures("n_contracts")
        assert whole["goals"] == []
        assert whole["trend"] == [
            {"dt": str(day), **added([one for key, one in cells.items() if key[1] == day]).day()}
            for day in days_of(days)
        ]
        of_channel = {name: added([one for key, one in cells.items() if key[0] == name]) for name, *_ in cells}
        ordered = sorted(of_channel, key=lambda name: (-of_channel[name].leads, -of_channel[name].sessions, name))
        rows = [{"channel": name, **of_channel[name].figures("contracts")} for name in ordered]
        assert whole["channels"] == rows, days
        for name in ("paid-search", "organic-social", "direct", "nobody-has-this"):
            own = {key: one for key, one in cells.items() if key[0] == name}
            await check_channel(service, name, days, own)


async def check_channel(
    service: Service, name: str, days: Range, own: dict[tuple[str, date, tuple[str, str]], Sums]
) -> None:
    answered = await answer(service, f"channel/{name}", days)
    total = added(list(own.values()))
    assert answered["kpis"].pop("unconverted") == {"rows": 0, "by_currency": {}, "days": []}
    assert answered["kpis"] == total.figures("n_contracts")
    assert answered["channels"] == ([{"channel": name, **total.figures("contracts")}] if own else [])
    assert answered["trend"] == [
        {"dt": str(day), **added([one for key, one in own.items() if key[1] == day]).day()} for day in days_of(days)
    ]
    expected: list[dict[str, Any]] = []
    for platform, campaign in {key[2] for key in own} - {("visits", "")}:
        figures = added([one for key, one in own.items() if key[2] == (platform, campaign)]).figures("n_contracts")
        expected.append({"platform": platform, "campaign_name": campaign or None, **figures})
    expected.sort(key=lambda row: (row["platform"], row["campaign_name"] or ""))
    by_name = sorted(answered["campaigns"], key=lambda row: (row["platform"], row["campaign_name"] or ""))
    assert [{**row, "sessions": 0} for row in by_name] == expected
    spends = [row["spend"] for row in answered["campaigns"]]
    assert spends == sorted(spends, reverse=True)


async def test_a_company_without_rows_is_answered_with_zeros(service: Service) -> None:
    nothing = Sums().figures("n_contracts")
    for path in CALLS:
        answered = await service.get(f"/api/analytics/{path.format(tenant=service.tenant_id)}")
        body = answered.json()
        assert {name: body["kpis"][name] for name in nothing} == nothing
        assert (len(body["trend"]), {**body["trend"][0], "dt": ""}) == (30, {"dt": "", **Sums().day()})
        assert body["channels"] == body["goals"] == body.get("campaigns", []) == []
        known = service.people["admin"].headers | {"If-None-Match": answered.headers["etag"]}
        assert (await service.client.get(answered.request.url.path, headers=known)).status_code == 304


async def test_dashboards_show_only_the_callers_company_and_refuse_invalid_parameters(service: Service) -> None:
    own, stranger = service.tenant_id, service.people["stranger"]
    for who, path, status in (
        ("analyst", f"dashboard/{own}", 200),
        ("rep of N", f"dashboard/{own}", 403),
        ("rep of N", "channel/direct", 403),
        ("stranger", f"dashboard/{own}", 403),
        ("admin", f"dashboard/{uuid4()}", 403),
        ("admin", "dashboard/v5/kpi", 200),
    ):
        assert (await service.get(f"/api/analytics/{path}", who)).status_code == status, (who, path)
    refused = await service.get(f"/api/analytics/dashboard/{own}", "stranger")
    assert refused.json()["type"] == "urn:branchwise:problem:other-organization"
    assert (await service.get("/api/analytics/channel/direct", "stranger")).status_code == 200
    headers = stranger.headers | {"X-Tenant-Id": str(own)}
    assert (await service.client.get("/api/analytics/channel/direct", headers=headers)).status_code == 403
    for path, params, named in (
        ("dashboard/v5", {}, "org_id"),
        ("channel/Paid Search", {}, "channel_id"),
        ("channel/-", {}, "channel_id"),
        ("channel/direct%0A", {}, "channel_id"),
        ("channel/direct%00", {}, "channel_id"),
        ("channel/" + "a" * 101, {}, "channel_id"),
        ("channel/direct", {"date_from": "2024-04-02", "date_to": "2024-04-01"}, "date_from"),
        (f"dashboard/{own}", {"date_to": "2024-02-30"}, "date_to"),
    ):
        answer = await service.get(f"/api/analytics/{path}", **params)
        assert answer.status_code == 422, (path, answer.text)
        assert [error["field"] for error in answer.json()["errors"]] == [named], path
    for path in CALLS:
        assert (await service.client.get(f"/api/analytics/{path.format(tenant=own)}")).status_code == 401
