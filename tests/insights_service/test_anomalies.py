"""What a generation tells of a company's own figures, hour by hour and day by day."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from common.clock import now
from common.http.context import ServiceContext
from services.insights_service.store.candidates import Candidate, get_past_findings, keep_candidates
from services.insights_service.store.series import get_coverage
from tests.insights_service.conftest import Company
from tests.insights_service.kept_sums import keep_sums
from tests.insights_service.made_figures import Figures

pytestmark = pytest.mark.asyncio(loop_scope="module")
MIDNIGHT = now().replace(hour=0, minute=0, second=0, microsecond=0)
YESTERDAY = MIDNIGHT.date() - timedelta(1)


@pytest.fixture(autouse=True)
def _as_the_day_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever the tests run, yesterday's last hour is the last that is over."""
    monkeypatch.setattr("services.insights_service.domain.look.now", lambda: MIDNIGHT)


async def test_a_branch_that_stopped_is_told_once_by_its_name_and_resolved_when_it_is_back(company: Company) -> None:
    figures = Figures(150, YESTERDAY)
    await figures.store(company.superuser, company.tenant_id)
    quiet = await company.generate()
    assert (quiet["status"], await company.insights()) == ("completed", [])

    figures.branches["N"][-2:] = 0
    await figures.store(company.superuser, company.tenant_id)
    for _ in range(2):
        await company.generate()
    [told] = await company.insights()
    assert (told["insight_type"], told["metric"], told["status"]) == ("anomaly", "sessions", "open")
    named = [*told["evidence"]["segment"], *(part for one in told["evidence"]["reasons"] for part in one["segment"])]
    assert (named[0]["dimension"], named[0]["members"]) == ("branch", [{"id": "N", "name": "North"}])
    assert "North" in told["title"] + told["description"]
    assert told["evidence"]["window"]["start"] == figures.day(-2).isoformat()
    assert len(await company.told()) == 1

    back = Figures(150, YESTERDAY)
    back.branches["N"][-6:-4] = 0
    await back.store(company.superuser, company.tenant_id)
    await company.generate()
    assert await company.insights() == []
    [over] = await company.insights(status="resolved")
    assert (over["id"], over["status_by"], len(await company.told())) == (told["id"], None, 1)
    assert over["status_note"] == "over: with the latest figures it does not stand out any more"


async def test_hours_are_told_while_they_last_with_the_figures_of_now(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = Figures(80, YESTERDAY)
    figures.hours[-1, 14:20] = figures.hours[-1, 14:20] // 10
    await figures.store(company.superuser, company.tenant_id)
    seen = list[tuple[str, str, bool, int]]()
    for hour in (17, 20, 24):
        moment = MIDNIGHT + timedelta(hours=hour - 24)
        monkeypatch.setattr("services.insights_service.domain.look.now", lambda at=moment: at)
        await company.generate()
        [told] = [one for one in await company.insights() if one["evidence"]["grain"] == "hour"]
        window = told["evidence"]["window"]
        assert window["start"] == (MIDNIGHT - timedelta(hours=10)).isoformat()
        seen.append((told["id"], window["end"], told["evidence"]["is_ongoing"], told["evidence"]["actual"]))
    ends = [(MIDNIGHT + timedelta(hours=hour - 24)).isoformat() for hour in (17, 20, 20)]
    assert [one[1:3] for one in seen] == list(zip(ends, (True, True, False), strict=True))
    assert [one[3] for one in seen] == [figures.hours[-1, 14:end].sum() for end in (17, 20, 20)]
    assert (len({one[0] for one in seen}), len(await company.told())) == (1, 1)
    assert told["evidence"]["low"] < told["evidence"]["expected"] < told["evidence"]["high"]
    picture = await company.call("GET", f"/insights/{told['id']}/chart.svg", "analyst")
    assert picture.status_code == 200


async def test_silence_is_told_as_such_and_as_an_outage_once_something_came_after_it(company: Company) -> None:
    figures = Figures(80, YESTERDAY)
    figures.hours[-1, 4:] = 0
    for values in figures.branches.values():
        values[-1] = 0
    await figures.store(company.superuser, company.tenant_id)
    # Of a goal, too, the day that is not told is one to come, by the sources that this very look found late.
    period = {"period_start": str(YESTERDAY - timedelta(9)), "period_end": str(YESTERDAY + timedelta(5))}
    wanted = {"id": "g", "name": "Visits", "metric": "sessions", "channel": "direct", "target": 10**5, "current": 0}
    company.advisor.goals[company.tenant_id] = [wanted | period]
    company.advisor.days[company.tenant_id] = [
        {"dt": str(YESTERDAY - timedelta(n)), "sessions": 500 if n else 3} for n in range(80)
    ]
    await company.generate()
    [goal] = await company.insights(type="trend")
    assert (goal["evidence"]["days_left"], goal["evidence"]["so_far"]) == (6, 9 * 500)
    company.advisor.goals[company.tenant_id] = []
    await company.generate()
    [late] = await company.insights()
    evidence = late["evidence"]
    assert (late["rule"], evidence["kind"], evidence["source"]) == ("late_source", "late_source", "website")
    assert (evidence["status"], evidence["since"]) == ("silent", (MIDNIGHT - timedelta(hours=20)).isoformat())
    assert late["title"].startswith("Sessions: none since 4\xa0AM on")
    back = Figures(80, YESTERDAY)
    back.hours[-1, 10:18] = 0
    await back.store(company.superuser, company.tenant_id)
    await company.generate()
    [over] = [one for one in await company.insights(status="resolved") if one["rule"] == "late_source"]
    assert (over["id"], over["status_note"][:31]) == (late["id"], "data arrive again since 4\xa0AM on")
    [outage] = await company.insights()
    evidence = outage["evidence"]
    assert (outage["metric"], evidence["actual"], evidence["segment"]) == ("sessions", 0, [])
    assert evidence["window"]["end"] == (MIDNIGHT - timedelta(hours=6)).isoformat()
    await Figures(80, YESTERDAY).store(company.superuser, company.tenant_id)
    await company.generate()
    assert (await company.insights(), len(await company.told())) == ([], 3)


async def test_a_source_is_late_by_its_state_until_it_was_read_again(company: Company, context: ServiceContext) -> None:
    await Figures(80, YESTERDAY).store(company.superuser, company.tenant_id)
    await company.superuser.execute(
        "insert into data.source (tenant_id, kind, name, status, last_sync_at) values"
        " ($1, 'meta_ads', 'Ads', 'needs_attention', $2), ($1, 'woocommerce', 'Shop', 'active', $3),"
        " ($1, 'ga4', 'Never read', 'needs_attention', null)",
        *(company.tenant_id, MIDNIGHT - timedelta(3), MIDNIGHT - timedelta(hours=20)),
    )
    await company.superuser.execute(
        "insert into data.campaign (tenant_id, name, platform, source_id)"
        " select tenant_id, 'Spring', 'meta', source_id from data.source where tenant_id = $1 and kind = 'meta_ads'",
        company.tenant_id,
    )
    zone, road = (
        "insert into data.ad_account (tenant_id, platform, account_id, time_zone) values ($1, 'meta', 'a', $2)",
        "insert into data.road_day values ($1, $2::timestamptz, $2 + interval '1 day', $2::timestamptz::date, 3)",
    )
    await company.superuser.execute(zone, company.tenant_id, "Asia/Tokyo")
    await company.superuser.execute(road, company.tenant_id, MIDNIGHT - timedelta(1))
    async with context.db.tenant(company.tenant_id, readonly=True) as connection:
        covered = await get_coverage(connection, company.tenant_id)
    ads, shop = covered.sources
    assert (ads.status, ads.last_sync_at, ads.platforms) == ("needs_attention", MIDNIGHT - timedelta(3), ["meta"])
    assert (ads.zones, shop.kind, shop.zones, covered.roads) == (["Asia/Tokyo"], "woocommerce", [], {YESTERDAY: 3})
    await company.generate()
    [late] = await company.insights()
    evidence = late["evidence"]
    assert (evidence["source"], evidence["status"], evidence["metrics"]) == ("meta_ads", "needs_attention", ["spend"])
    assert (
        datetime.fromisoformat(evidence["since"])
        == datetime.fromisoformat(late["starts_at"])
        == MIDNIGHT - timedelta(3)
    )
    await company.superuser.execute(
        "update data.source set last_sync_at = $2 where tenant_id = $1", company.tenant_id, MIDNIGHT
    )
    await company.generate()
    [over] = await company.insights(status="resolved")
    assert (over["id"], await company.insights()) == (late["id"], [])
    # (ads told nothing of it, but they were read)
    assert over["status_note"].startswith("data arrive again since")


@pytest.mark.parametrize("days", [1, 9])
async def test_a_company_of_a_few_days_is_told_nothing(company: Company, days: int) -> None:
    figures = Figures(days, YESTERDAY)
    figures.branches["N"][-1] = 0
    figures.hours[-1, 14:20] *= 5
    await figures.store(company.superuser, company.tenant_id)
    job = await company.generate()
    assert (job["status"], job["counts"]["found"]) == ("completed", 0)


async def test_leads_that_cost_more_are_told_with_where_until_they_cost_what_they_did(company: Company) -> None:
    random, days, campaigns = np.random.default_rng(7), 150, 12
    spend = np.round(60 * np.exp(0.4 * random.normal(size=days) + 0.05 * random.normal(size=(campaigns, days))), 2)
    usual = random.poisson(spend / 20)
    dearer = usual.copy()
    dearer[:6, -4:] = random.binomial(usual[:6, -4:], 0.25)
    titles = list[list[str]]()
    for leads in (usual, dearer, usual):
        await company.superuser.execute(
            "delete from analytics.v6_campaign_roi_daily where tenant_id = $1", company.tenant_id
        )
        await company.superuser.executemany(
            "insert into analytics.v6_campaign_roi_daily (tenant_id, day, platform, campaign_ref, leads, contracts,"
            " revenue, spend, impressions, clicks, claimed_conversions, claimed_revenue)"
            " values ($1, $2, case when $3 < 'a/06' then 'google' else 'meta' end, $3, $4, 0, 0, $5, $6, $7, 0, 0)",
            [
                (company.tenant_id, YESTERDAY - timedelta(days - 1 - n), f"a/{number:02}", int(leads[number, n]),
                 Decimal(str(cost)), int(cost) * 50, int(cost))
                for number in range(campaigns)
                for n, cost in enumerate(spend[number].tolist())
            ],
        )  # fmt: skip
        await keep_sums(company.superuser, company.tenant_id)
        await company.generate()
        titles.append([one["title"] for one in await company.insights()])
    assert (titles[0], titles[2], len(titles[1])) == ([], [], 1)
    assert titles[1][0].startswith("Cost per lead")
    [over] = await company.insights(status="resolved")
    assert (over["rule"], over["metric"], over["status_by"]) == ("anomaly.cpl", "cpl", None)
    evidence = over["evidence"]
    assert (evidence["direction"], evidence["is_good"], evidence["currency"]) == ("up", False, "EUR")
    assert 17 < evidence["expected"] < evidence["high"] < evidence["actual"]
    named = [*evidence["segment"], *(part for one in evidence["reasons"] for part in one["segment"])]
    assert (named[0]["dimension"], named[0]["members"][0]["id"]) == ("platform", "google")
    assert (await company.call("GET", f"/insights/{over['id']}/chart.svg", "analyst")).status_code == 200
    rules = {one["rule"]: one["shown"] for one in (await company.get("/insights/rules"))["data"]}
    assert rules["anomaly.cpl"] == 1


async def test_days_that_were_declared_are_no_news(company: Company) -> None:
    figures = Figures(150, YESTERDAY)
    figures.branches["N"][-2:] *= 3
    await figures.store(company.superuser, company.tenant_id)
    sale = {"name": "Sale", "kind": "sale", "first_day": figures.day(-2).isoformat(), "location_id": "N"}
    made = await company.call("POST", "/insights/events", json=sale | {"last_day": figures.day(-1).isoformat()})
    assert made.status_code == 201
    await company.generate()
    assert await company.insights() == []
    await company.call("DELETE", f"/insights/events/{made.json()['id']}")
    await company.generate()
    [told] = await company.insights()
    assert (told["evidence"]["direction"], told["metric"]) == ("up", "sessions")


async def test_a_public_holiday_is_no_news_and_a_vietnamese_company_is_told_in_vietnamese(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Reunification Day and Labour Day; the same drop on the two days after them is one.
    country = "update auth.tenant set country = 'VN' where tenant_id = $1"
    await company.superuser.execute(country, company.tenant_id)
    for last, told in ((date(2026, 5, 1), 0), (date(2026, 5, 8), 1)):
        moment = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(1)
        monkeypatch.setattr("services.insights_service.domain.look.now", lambda at=moment: at)
        figures = Figures(150, last)
        figures.branches["N"][-2:] = 0
        await figures.store(company.superuser, company.tenant_id)
        await company.generate()
        assert len(await company.insights()) == told
    [told_of] = await company.insights()
    assert (told_of["language"], told_of["title"][:17]) == ("vi", "Số phiên truy cập")


async def test_what_two_generations_find_at_once_counts_once(company: Company, context: ServiceContext) -> None:
    found = Candidate(now(), "anomaly.leads:day:0:0", "anomaly.leads", 3.0, 5.0)

    async def find_again() -> None:
        async with context.db.tenant(company.tenant_id) as connection:
            await keep_candidates(connection, company.tenant_id, [found._replace(found_at=now())])

    async with context.db.tenant(company.tenant_id) as connection:
        await keep_candidates(connection, company.tenant_id, [found])
        other = asyncio.create_task(find_again())
        waits = "select exists (select from pg_stat_activity where wait_event_type = 'Lock')"
        while not other.done() and not await company.superuser.fetchval(waits):
            await asyncio.sleep(0)
    await other
    # It counts as what it was when it ranked highest: ten times the share is worth a tenth of the chance.
    async with context.db.tenant(company.tenant_id) as connection:
        for score, impact_pct in ((3.9, 0.5), (2.5, 20.0), (2.4, 20.0)):
            await keep_candidates(connection, company.tenant_id, [found._replace(score=score, impact_pct=impact_pct)])
        [kept] = (await get_past_findings(connection, company.tenant_id)).candidates
        assert (kept.score, kept.impact_pct, kept.found_at) == (2.5, 20.0, found.found_at)
        # What is mild ranks behind all else, until it is mild no more.
        for cause, first, then in (("a", True, False), ("b", False, True)):
            for is_mild, score in ((first, 5.0), (then, 2.0)):
                other = found._replace(cause=cause, is_mild=is_mild, score=score)
                await keep_candidates(connection, company.tenant_id, [other])
        every = (await get_past_findings(connection, company.tenant_id)).candidates
    others = {one.cause: (one.is_mild, one.score) for one in every}
    assert (others["a"], others["b"]) == ((False, 2.0), (False, 5.0))
