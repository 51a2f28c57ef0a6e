from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from common.clock import now
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_person
from services.data_service.store.ads.ad_performance import AdDay, record_ad_performance
from services.data_service.store.ads.campaigns import PlatformCampaign, keep_in_step
from tests.data_service.ads import ad_day, connect_source, platform_campaign
from tests.data_service.harness import Company, Data

pytestmark = pytest.mark.asyncio(loop_scope="module")
NO_FIGURES = {
    **dict.fromkeys(("impressions", "clicks", "spend", "revenue", "conversions", "roi", "ctr", "cpc"), 0),
    "unconverted": {"rows": 0, "by_currency": {}, "days": []},
}
# An account that is in no tenant; the same in every process that collects these tests.
NOBODY = "00000000-0000-4000-8000-000000000001"
NOVEMBER = {"date_from": "2026-11-01", "date_to": "2026-11-30"}


async def call(data: Data, company: Company, method: str, path: str = "", expected: int = 200, **request: Any) -> Any:
    """What `/api/campaigns` answers."""
    answer = await data.api.request(
        method, f"/api/campaigns{path}", headers=company.headers | request.pop("headers", {}), **request
    )
    assert answer.status_code == expected, answer.text
    return answer.json() if answer.content else None


async def told(
    data: Data, company: Company, days: list[AdDay], *campaigns: PlatformCampaign, kind: str = "meta_ads"
) -> UUID:
    """Let a connected source tell of campaigns and days; gives the source."""
    source_id = await connect_source(data.admin, company.tenant_id, kind)
    async with data.context.db.tenant(company.tenant_id) as connection:
        await keep_in_step(connection, company.tenant_id, campaigns, source_id)
        await record_ad_performance(connection, company.tenant_id, days, source_id)
    return source_id


async def connected(data: Data, company: Company, *days: AdDay) -> dict[str, Any]:
    """A company's one connected campaign."""
    await told(data, company, list(days), platform_campaign())
    [campaign] = (await call(data, company, "GET", params=NOVEMBER))["data"]
    return campaign


async def test_a_campaign_made_by_hand_is_answered_as_it_was_given(data: Data):
    company = await data.company()
    given = {
        "name": "Spring Sale",
        "platform": "facebook",
        "status": "paused",
        "budget": 1200.5,
        "start_date": "2026-11-01",
        "end_date": "2026-11-30",
        "settings": {"goal": "leads"},
    }
    made = await call(data, company, "POST", expected=201, json=given)
    assert made.items() >= (given | {"platform": "meta", "metrics": NO_FIGURES, "user_id": None}).items()
    assert await call(data, company, "GET", f"/{made['id']}") == made
    listed = await call(data, company, "GET")
    assert listed == {"data": [made], "total": 1, "page": 1, "limit": 50, "has_more": False}


async def test_what_a_change_does_not_name_stays_and_a_deleted_campaign_is_gone(data: Data):
    company = await data.company()
    made = await call(data, company, "POST", expected=201, json={"name": "One", "platform": "tiktok", "budget": 5})
    changed = await call(data, company, "PUT", f"/{made['id']}", json={"status": "completed", "budget": None})
    assert changed == made | {"status": "completed", "budget": None, "updated_at": changed["updated_at"]}
    await call(data, company, "DELETE", f"/{made['id']}", expected=204)
    for method, path in (("GET", ""), ("GET", "/performance"), ("DELETE", "")):
        await call(data, company, method, f"/{made['id']}{path}", expected=404)
    await call(data, company, "PUT", f"/{made['id']}", expected=404, json={})


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        *(("platform", value) for value in ("Meta", "meta ads", "", "a/b")),
        *(("name", value) for value in ("", "  ", "a\x00b", None)),
        *(("status", value) for value in ("deleted", None)),
        *(("budget", value) for value in (-1, "much", 1e16)),
        *(("start_date", value) for value in ("2026-13-01", "tomorrow", "0001-01-01")),
        ("end_date", "2026-10-31"),
        *(("user_id", value) for value in ("me", NOBODY)),
        ("team_id", NOBODY),
        *(("settings", value) for value in ([], {"a": "\x00"}, {"a": "x" * 20_000})),
        ("metrics", {}),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(data: Data, field: str, wrong: Any):
    company = await data.company()
    given = {"name": "One", "platform": "meta", "start_date": "2026-11-01"}
    made = await call(data, company, "POST", expected=201, json=given)
    for method, path in (("POST", ""), ("PUT", f"/{made['id']}")):
        problem = await call(data, company, method, path, expected=422, json=given | {field: wrong})
        assert [error["field"] for error in problem["errors"]] == [field]
    assert await call(data, company, "GET", f"/{made['id']}") == made


async def test_who_looks_after_a_campaign_is_of_the_tenant(data: Data):
    company, other = await data.company(), await data.company()
    member, stranger = [
        str(await data.admin.fetchval("select account_id from auth.membership where tenant_id = $1", one.tenant_id))
        for one in (company, other)
    ]
    team, strange_team = [
        str(
            await data.admin.fetchval(
                "insert into auth.team (tenant_id, name) values ($1, 'Ads') returning team_id", one.tenant_id
            )
        )
        for one in (company, other)
    ]
    given = {"name": "One", "platform": "meta", "user_id": member, "team_id": team}
    made = await call(data, company, "POST", expected=201, json=given)
    assert (made["user_id"], made["team_id"]) == (member, team)
    wrong = {"user_id": stranger, "team_id": strange_team}
    problem = await call(data, company, "PUT", f"/{made['id']}", expected=422, json=wrong)
    assert [error["field"] for error in problem["errors"]] == ["user_id", "team_id"]
    assert (await call(data, company, "GET", params={"team_id": team}))["total"] == 1
    await data.admin.execute("delete from auth.membership where account_id = $1", UUID(member))
    sent_back = given | {"name": "Renamed"}
    assert (await call(data, company, "PUT", f"/{made['id']}", json=sent_back)).items() >= sent_back.items()
    assert (await call(data, company, "GET", params={"team_id": strange_team}))["total"] == 0


async def test_lists_are_filtered_and_come_in_pages(data: Data):
    company = await data.company()
    for number in range(5):
        given = {"name": f"Spring {number}", "platform": "meta" if number % 2 else "google", "status": "active"}
        await call(data, company, "POST", expected=201, json=given)
    await call(data, company, "POST", expected=201, json={"name": "100% OFF_", "platform": "meta", "status": "paused"})
    for params, names in (
        ({"platform": "facebook"}, ["100% OFF_", "Spring 3", "Spring 1"]),
        ({"status": "paused"}, ["100% OFF_"]),
        ({"query": "0% off_"}, ["100% OFF_"]),
        ({"query": "SPRING", "limit": 2, "page": 2}, ["Spring 2", "Spring 1"]),
        ({"platform": "tiktok"}, []),
    ):
        listed = await call(data, company, "GET", params=params)
        assert [one["name"] for one in listed["data"]] == names, params
    assert (await call(data, company, "GET", params={"query": "spring", "limit": 2}))["has_more"] is True
    for wrong in ({"platform": "Meta Ads"}, {"status": "gone"}, {"team_id": "x"}, {"limit": 501}):
        await call(data, company, "GET", expected=422, params=wrong)


async def test_metrics_are_of_the_days_asked_for_and_rounded_half_away_from_zero(data: Data):
    company = await data.company()
    days = [
        ad_day(day=1, spend="10.005", impressions=3000, clicks=7, conversions=Decimal("1.5"), revenue=Decimal(0)),
        ad_day(day=2, spend="20", impressions=0, clicks=0, conversions=Decimal(0), revenue=Decimal("25.01")),
        ad_day(day=3, spend="1000"),
    ]
    campaign = await connected(data, company, *days)
    asked = {"date_from": "2026-11-01", "date_to": "2026-11-02"}
    answer = await call(data, company, "GET", f"/{campaign['id']}", params=asked)
    expected = {"impressions": 3000, "clicks": 7, "spend": 30.01, "revenue": 25.01, "conversions": 1.5}
    ratios = {"roi": -16.65, "ctr": 0.23, "cpc": 4.29}
    assert answer["metrics"] == {**expected, **ratios, "unconverted": NO_FIGURES["unconverted"]}
    performance = await call(data, company, "GET", f"/{campaign['id']}/performance", params=asked)
    assert (performance["campaign_id"], performance["totals"]) == (campaign["id"], answer["metrics"])
    assert [(row["date"], row["spend"], row["roi"], row["ctr"], row["cpc"]) for row in performance["data"]] == [
        ("2026-11-01", 10.01, -100, 0.23, 1.43),
        ("2026-11-02", 20, 25.05, 0, 0),
    ]


async def test_a_campaigns_days_come_in_order_and_in_pages_with_empty_ones_as_nothing(data: Data):
    company = await data.company()
    campaign = await connected(data, company, ad_day(day=3))
    path = f"/{campaign['id']}/performance"
    first, second, past = [
        await call(data, company, "GET", path, params=NOVEMBER | {"limit": 20, "page": page}) for page in (1, 2, 3)
    ]
    assert [len(page["data"]) for page in (first, second, past)] == [20, 10, 0]
    assert (first["total"], first["has_more"], second["has_more"]) == (30, True, False)
    days = [*first["data"], *second["data"]]
    assert [row["date"] for row in days] == [f"2026-11-{day:02}" for day in range(1, 31)]
    assert [row["date"] for row in days if row["spend"]] == ["2026-11-03"]
    assert days[0] == {"date": "2026-11-01", **NO_FIGURES}


async def test_without_dates_the_last_30_whole_days_count(data: Data):
    company = await data.company()
    yesterday = now().date() - timedelta(days=2)
    days = [ad_day()._replace(day=yesterday - timedelta(days=age)) for age in (0, 60)]
    campaign = await connected(data, company, *days)
    assert (await call(data, company, "GET", f"/{campaign['id']}"))["metrics"]["spend"] == 10
    performance = await call(data, company, "GET", f"/{campaign['id']}/performance")
    assert len(performance["data"]) == 30
    assert date.fromisoformat(performance["date_to"]) < now().date()


@pytest.mark.parametrize(
    "wrong",
    [
        {"date_from": "2026-11-02", "date_to": "2026-11-01"},
        {"date_from": "2020-01-01", "date_to": "2026-01-01"},
        {"date_from": "2026-02-30"},
        {"date_to": "0001-01-01"},
    ],
)
async def test_a_range_that_is_none_is_refused(data: Data, wrong: dict[str, str]):
    company = await data.company()
    campaign = await connected(data, company)
    for path in ("", f"/{campaign['id']}", f"/{campaign['id']}/performance"):
        await call(data, company, "GET", path, expected=422, params=wrong)


async def test_money_in_another_currency_is_listed_and_in_no_sum_until_its_day_has_a_rate(data: Data):
    company = await data.company()
    campaign = await connected(
        data, company, ad_day(day=1, currency="USD"), ad_day(day=2, currency="EUR", spend="7.5"), ad_day(day=3)
    )
    day = f"{NOVEMBER['date_from'][:8]}02"
    metrics = (await call(data, company, "GET", f"/{campaign['id']}", params=NOVEMBER))["metrics"]
    assert (metrics["spend"], metrics["revenue"], metrics["clicks"], metrics["cpc"]) == (20, 100, 120, 0.25)
    left = {"rows": 1, "by_currency": {"EUR": {"spend": 7.5, "revenue": 50}}, "days": [day]}
    assert metrics["unconverted"] == left
    performance = await call(data, company, "GET", f"/{campaign['id']}/performance", params=NOVEMBER)
    assert [row["unconverted"] for row in performance["data"][:3]] == [
        NO_FIGURES["unconverted"],
        left,
        NO_FIGURES["unconverted"],
    ]
    await data.imported(company, "fx-rates", f"date,currency,rate\n{day},EUR,1.1\n".encode())
    metrics = (await call(data, company, "GET", f"/{campaign['id']}", params=NOVEMBER))["metrics"]
    assert (metrics["spend"], metrics["revenue"], metrics["cpc"]) == (28.25, 155, 0.24)
    assert metrics["unconverted"] == NO_FIGURES["unconverted"]


async def test_what_a_file_said_of_days_that_its_source_does_not_tell_of_counts_once(data: Data):
    company = await data.company()
    name = {"campaign_id": "campaign c1", "campaign_name": "Campaign C1"}
    of_a_file = [ad_day(day=day, account_id="", spend="3")._replace(**name) for day in (1, 2)]
    async with data.context.db.tenant(company.tenant_id) as connection:
        await record_ad_performance(connection, company.tenant_id, of_a_file, None)
    campaign = await connected(data, company, ad_day(day=2), ad_day(day=3))
    performance = await call(data, company, "GET", f"/{campaign['id']}/performance", params=NOVEMBER)
    assert [row["spend"] for row in performance["data"][:4]] == [3, 10, 10, 0]


async def test_what_a_file_has_under_a_name_is_shown_by_one_campaign_and_under_an_id_by_no_other(data: Data):
    company = await data.company()
    one, twin, eight = (
        platform_campaign("1", name="Sale"),
        platform_campaign("2", name="Sale"),
        platform_campaign("7", name="8"),
    )
    await told(data, company, [ad_day("1", day=2, spend="4", campaign_name="Sale")], one, twin, eight)
    of_a_file = [
        ad_day("sale", account_id="", spend="3", campaign_name="Sale"),
        ad_day("8", account_id="", spend="5", campaign_name="Winter"),
    ]
    async with data.context.db.tenant(company.tenant_id) as connection:
        await record_ad_performance(connection, company.tenant_id, of_a_file, None)
    shown = (await call(data, company, "GET", params=NOVEMBER))["data"]
    spent = {of["external_id"]: of["metrics"]["spend"] for of in shown}
    assert spent["1"] + spent["2"] == 7
    assert spent["7"] == 0


async def test_what_the_platform_says_of_a_connected_campaign_is_not_changed_here(data: Data):
    company = await data.company()
    campaign = await connected(data, company)
    path = f"/{campaign['id']}"
    assert campaign["is_kept_in_step"] is True
    wrong = {"name": "Ours", "budget": 1, "status": "active", "settings": {"objective": "SALES", "note": "x"}}
    problem = await call(data, company, "PUT", path, expected=409, json=wrong)
    assert [error["field"] for error in problem["errors"]] == ["budget", "name", "settings.objective"]
    await call(data, company, "DELETE", path, expected=409)
    sent_back = {name: campaign[name] for name in ("name", "platform", "status", "budget", "start_date", "end_date")}
    ours = {"settings": campaign["settings"] | {"note": "ours"}}
    changed = await call(data, company, "PUT", path, json=sent_back | ours)
    assert changed["settings"] == {"objective": "OUTCOME_LEADS", "note": "ours"}
    assert (
        await data.admin.fetchval(
            "select settings::text from data.campaign where campaign_id = $1", UUID(campaign["id"])
        )
        == '{"note": "ours"}'
    )


async def test_of_googles_campaigns_ga4_tells_the_names_only(data: Data):
    company = await data.company()
    await told(data, company, [], platform_campaign(platform="google", settings={}), kind="ga4")
    [campaign] = (await call(data, company, "GET"))["data"]
    assert (campaign["is_kept_in_step"], campaign["platform_fields"]) == (True, ["name", "platform"])
    changed = await call(data, company, "PUT", f"/{campaign['id']}", json={"status": "paused", "budget": 70})
    assert (changed["status"], changed["budget"]) == ("paused", 70)
    problem = await call(data, company, "PUT", f"/{campaign['id']}", expected=409, json={"name": "Ours"})
    assert [error["field"] for error in problem["errors"]] == ["name"]


@pytest.mark.parametrize("end", ["update data.source set status = 'paused'", "delete from data.source"])
async def test_a_campaign_whose_source_rests_or_is_gone_is_the_members_again(data: Data, end: str):
    company = await data.company()
    campaign = await connected(data, company)
    await data.admin.execute(f"{end} where tenant_id = $1", company.tenant_id)
    changed = await call(data, company, "PUT", f"/{campaign['id']}", json={"status": "completed"})
    assert (changed["status"], changed["is_kept_in_step"]) == ("completed", False)
    ours = {"objective": "OURS", "note": "x"}
    assert (await call(data, company, "PUT", f"/{campaign['id']}", json={"settings": ours}))["settings"] == ours
    await call(data, company, "DELETE", f"/{campaign['id']}", expected=204)


async def test_a_repeated_creation_is_one(data: Data):
    company = await data.company()
    key = {"Idempotency-Key": uuid4().hex}
    given = {"name": "Once", "platform": "meta"}
    first, again = [await call(data, company, "POST", expected=201, json=given, headers=key) for _ in range(2)]
    assert first == again
    assert (await call(data, company, "GET"))["total"] == 1


@pytest.mark.parametrize(
    ("role", "reads", "writes"), [("rep", 403, 403), ("analyst", 200, 403), ("manager", 200, 201), ("admin", 200, 201)]
)
async def test_who_may_read_and_write_campaigns(data: Data, role: str, reads: int, writes: int):
    company = await data.company(role=role)
    await call(data, company, "GET", expected=reads)
    await call(data, company, "POST", expected=writes, json={"name": "One", "platform": "meta"})


async def test_who_is_held_to_branches_sees_no_campaign_whatever_else_they_were_given(
    data: Data, database: MigratedDatabase
):
    company = await data.company()
    campaign = await connected(data, company, ad_day())
    given = ["analytics:read", "campaigns:write"]
    rep = await add_person(database.superuser_dsn, company.tenant_id, "rep", branch_codes=["N"], permissions=given)
    held = Company(company.tenant_id, rep.headers)
    for path in ("", f"/{campaign['id']}", f"/{campaign['id']}/performance"):
        refused = await call(data, held, "GET", path, expected=403)
        assert refused["type"].endswith("whole-company-only")
    await call(data, held, "POST", expected=403, json={"name": "One", "platform": "meta"})


async def test_another_tenants_campaign_is_not_there(data: Data):
    owner, other = await data.company(), await data.company()
    campaign = await connected(data, owner, ad_day())
    for method, path, request in (
        ("GET", "", {}),
        ("GET", "/performance", {}),
        ("PUT", "", {"json": {"name": "Mine"}}),
        ("DELETE", "", {}),
    ):
        await call(data, other, method, f"/{campaign['id']}{path}", expected=404, **request)
    assert (await call(data, other, "GET"))["data"] == []
