"""Generating insights from budget advice: repeated generations, failures, due times and rewording."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from common.auth.service_tokens import principal_of
from common.clock import now
from common.db import Connection
from common.db.jsonb import to_jsonb
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.events.envelope import RawEvent, subject_of
from common.http.context import ServiceContext
from services.insights_service.domain.evidence.written import encode_evidence
from services.insights_service.domain.generate import FINDERS, Finder, generate
from services.insights_service.domain.look import Look
from services.insights_service.jobs.generate_each_hour import queue_due_insights
from services.insights_service.store.finding import Findings, Found
from tests.insights_service.conftest import Company, campaign, key
from tests.insights_service.test_rewording import endpoint_of
from tests.insights_service.told import anomaly
from tests.standins.wording.endpoint import Wording

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_advice_becomes_recommendations_and_each_shown_one_is_announced(
    company: Company, context: ServiceContext
) -> None:
    company.advise(campaign("pause", "Dear"), campaign("scale", "Cheap"), campaign("monitor", "New", leads_needed=9))
    once = key()
    first, again = [await company.call("POST", "/insights/generate", headers=once) for _ in range(2)]
    assert (first.status_code, again.headers["idempotency-replayed"]) == (202, "true")
    assert again.json() == first.json()
    job = await company.ended(first.json()["job_id"])
    assert (job["kind"], job["status"], job["progress"]["percent"]) == ("insights.generate", "completed", 100)
    assert job["counts"] == {"found": 3, "new": 3, "changed": 0, "ended": 0, "told": 2}

    shown = await company.insights()
    assert [(insight["rule"], insight["title"], insight["severity"], insight["status"]) for insight in shown] == [
        ("budget.scale", "Raise the budget of “Cheap” (Meta) by 20%: €15.00 a lead, overall €30.00", "high", "open"),
        ("budget.pause", "Lower the budget of “Dear” (Meta) by 20%: €60.00 a lead, overall €30.00", "high", "open"),
    ]
    assert (shown[0]["impact"], shown[0]["impact_pct"], shown[0]["channel"]) == (280, 33.3, "meta")
    evidence = shown[1]["evidence"]
    expected = {
        "action": "pause", "currency": "EUR", "daily_spend": 40, "step_pct": -20, "next_daily_spend": 32,
        "expected_range": {"low": 0.4, "high": 0.67}, "expected_cpl": {"low": 48, "high": 80}, "missing": None,
    }  # fmt: skip
    assert {name: evidence[name] for name in expected} == expected
    [held_back] = [insight for insight in await company.insights(status="all") if not insight["is_shown"]]
    assert held_back["evidence"]["missing"] == {"have": 3, "need": 9, "what": "leads"}
    assert held_back["title"] == "Too early to judge “New” (Meta): 3 of 9 leads needed"

    announced = sorted(await company.told(), key=lambda event: event["title"])
    assert [(event["insight_type"], event["rule"], event["metric"]) for event in announced] == [
        ("recommendation", "budget.pause", "cpl"),
        ("recommendation", "budget.scale", "cpl"),
    ]
    assert {event["insight_id"] for event in announced} == {insight["id"] for insight in shown}
    request = company.advisor.asked[-1]
    token = request.headers["Authorization"].removeprefix("Service ")
    principal = principal_of(context.settings, "analytics", token)
    assert (principal.tenant_id, principal.scopes) == (company.tenant_id, {"analytics:read"})


async def test_a_finding_that_repeats_is_the_same_insight_and_ends_if_it_is_not_found(company: Company) -> None:
    await company.generate(campaign("pause"))
    [first] = await company.insights()
    unchanged = await company.generate(campaign("pause"))
    assert unchanged["counts"] == {"found": 1, "new": 0, "changed": 0, "ended": 0, "told": 0}
    changed = await company.generate(campaign("pause", spend_cur=1500))
    assert changed["counts"]["changed"] == 1
    [second] = await company.insights()
    assert (second["id"], second["evidence"]["spend"]) == (first["id"], 1500)

    ended = await company.generate(campaign("scale"))
    assert (ended["counts"]["ended"], ended["counts"]["new"]) == (1, 1)
    [resolved] = await company.insights(status="resolved")
    assert (resolved["id"], resolved["status_by"]) == (first["id"], None)
    assert resolved["status_note"].startswith("no longer advised")
    assert resolved["ends_at"] is not None
    late = await company.call("PATCH", f"/insights/{first['id']}", json={"status": "open"})
    assert (late.status_code, late.json()["type"]) == (409, "urn:branchwise:problem:insight-over")

    # If it is found again within a week, it is opened again without an announcement; later, it is announced again.
    again = await company.generate(campaign("pause"))
    assert (again["counts"]["ended"], again["counts"]["told"]) == (1, 0)
    [reopened] = await company.insights()
    assert (reopened["id"], reopened["status"], reopened["status_note"]) == (first["id"], "open", "")
    assert reopened["starts_at"] > first["starts_at"]
    assert len(await company.told()) == 2
    await company.generate()
    await company.superuser.execute(
        "update insights.insight set told_at = told_at - interval '8 days' where tenant_id = $1", company.tenant_id
    )
    assert (await company.generate(campaign("pause")))["counts"]["told"] == 1


async def test_a_resolved_insight_stays_resolved_until_it_ends(company: Company) -> None:
    await company.generate(campaign("pause"))
    [insight] = await company.insights()
    changed = await company.call("PATCH", f"/insights/{insight['id']}", json={"status": "resolved", "note": " done "})
    assert (changed.json()["status"], changed.json()["status_note"]) == ("resolved", "done")
    assert changed.json()["status_by"] == str(company.people["manager"].account_id)
    await company.generate(campaign("pause", spend_cur=1300))
    assert await company.insights() == []
    await company.generate()
    [resolved] = await company.insights(status="resolved")
    assert (resolved["status_by"], resolved["status_note"]) == (str(company.people["manager"].account_id), "done")
    await company.generate(campaign("pause"))
    [reopened] = await company.insights()
    assert (reopened["status"], reopened["status_by"]) == ("open", None)


async def test_insights_of_little_impact_are_held_back(company: Company) -> None:
    little = campaign("pause", spend_cur=30, leads_cur=0, leads_low=0, leads_high=0.5, cpl_cur=0)
    rest = campaign("monitor", "Big", spend_cur=30_000, leads_cur=1000)
    await company.generate(little, rest)
    assert await company.insights() == []
    [held_back] = [insight for insight in await company.insights(status="all") if insight["rule"] == "budget.pause"]
    assert (held_back["impact_pct"], held_back["evidence"]["expected_cpl"]) == (0.1, {"low": 60, "high": None})
    settings = {"alerts_per_week": 7, "least_impact_pct": 0.1}
    (await company.call("PUT", "/insights/settings", json=settings)).raise_for_status()
    assert (await company.generate(little, rest))["counts"]["told"] == 1
    assert [insight["id"] for insight in await company.insights()] == [held_back["id"]]


async def test_a_finder_fails_alone_and_only_it_runs_again(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"series": 0}

    async def a_series(look: Look) -> Findings:
        del look
        times["series"] += 1
        evidence = msgspec.Raw(encode_evidence(anomaly()))
        insight = Found(
            insight_type="anomaly", rule="anomaly.leads", cause="anomaly.leads:1", severity="high", metric="leads",
            title="Leads", description="Few", evidence=evidence, impact=None, impact_pct=Decimal(3), score=Decimal(1),
            is_shown=True,
        )  # fmt: skip
        return Findings([insight], ["anomaly.leads"], "over")

    def breaks_off(*_: Any) -> Any:
        raise KeyError

    finders = (Finder("series", a_series), FINDERS[1])
    monkeypatch.setattr("services.insights_service.domain.generate.FINDERS", finders)
    monkeypatch.setattr("services.insights_service.jobs.generate_insights._SHORTEST_WAIT", timedelta(0))
    company.advise(campaign("pause"))
    company.advisor.statuses = [503] * 400
    job = (await company.call("POST", "/insights/generate")).json()
    async with asyncio.timeout(30):
        while not (waiting := await company.get(f"/insights/jobs/{job['job_id']}"))["note"]:
            await asyncio.sleep(0.02)
    assert waiting["note"] == "budget advice: the analytics service cannot answer now (503); the job will try again"
    assert [insight["rule"] for insight in await company.insights()] == ["anomaly.leads"]
    company.advisor.statuses = []
    done = await company.ended(job["job_id"])
    assert (done["counts"], times) == ({"found": 2, "new": 2, "changed": 0, "ended": 0, "told": 2}, {"series": 1})
    assert len(await company.told()) == 2

    # After an answer that does not match the contract, or another error, a few attempts follow, then the job fails. Its
    # insights have not ended, and the other finder has looked once.
    company.advisor.statuses = [500] * 5
    failed = await company.generate()
    assert (failed["status"], failed["error"]) == (
        "failed",
        "budget advice: the analytics service answered 500 to /api/analytics/sales/v6/reco/budget",
    )
    monkeypatch.setattr("services.insights_service.domain.generate.advise", breaks_off)
    assert (await company.generate())["error"] == "budget advice: internal error (KeyError)"
    assert (times["series"], len(await company.insights()), len(await company.told())) == (3, 2, 2)

    # The job does not wait for long: the next hour's job looks anew.
    monkeypatch.setattr("services.insights_service.jobs.generate_insights._LONGEST_WAIT", timedelta(0))
    company.advisor.statuses = [502]
    assert (await company.generate())["error"] == "budget advice: the analytics service cannot answer now (502)"


@pytest.mark.parametrize("kind", ["import.leads", "backfill.ga4"])
async def test_nothing_is_judged_while_files_or_past_days_are_being_imported(
    company: Company, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("services.insights_service.jobs.generate_insights._SHORTEST_WAIT", timedelta(0))
    importing = f"insert into data.job (tenant_id, kind, status) values ($1, '{kind}', 'running')"
    await company.superuser.execute(importing, company.tenant_id)
    company.advise(campaign("pause"))
    job = (await company.call("POST", "/insights/generate")).json()
    async with asyncio.timeout(30):
        while not (waiting := await company.get(f"/insights/jobs/{job['job_id']}"))["note"]:
            await asyncio.sleep(0.02)
    assert waiting["note"] == "files or past days are being imported; insights are generated once they are complete"
    assert await company.insights(status="all") == []
    # A long backfill delays insights only in its first quarter of an hour.
    hour_old = "update data.job set created_at = now() - interval '1 hour' where tenant_id = $1"
    ends = "update data.job set status = 'completed' where tenant_id = $1"
    await company.superuser.execute(hour_old if kind == "backfill.ga4" else ends, company.tenant_id)
    assert (await company.ended(job["job_id"]))["counts"]["told"] == 1

    # An import that does not end delays insights only for a limited time.
    await company.superuser.execute(importing, company.tenant_id)
    monkeypatch.setattr("services.insights_service.jobs.generate_insights._LONGEST_WAIT", timedelta(0))
    assert (await company.generate())["counts"]["ended"] == 1


async def test_an_interrupted_generation_stores_nothing_and_repeats_with_the_same_result(
    company: Company, context: ServiceContext
) -> None:
    company.advise(campaign("pause"), campaign("scale", "Cheap"))

    async def breaks_off(done: int, counts: dict[str, int], connection: Connection) -> None:
        del done, connection
        assert counts["told"] == 2
        raise ConnectionResetError

    async def goes_on(done: int, counts: dict[str, int], connection: Connection) -> None:
        del done, counts, connection

    with pytest.raises(ConnectionResetError):
        await generate(context, company.tenant_id, breaks_off)
    assert (await company.insights(status="all"), await company.told()) == ([], [])
    await asyncio.gather(*(generate(context, company.tenant_id, goes_on) for _ in range(3)))
    assert (len(await company.insights(status="all")), len(await company.told())) == (2, 2)


async def test_insights_that_ended_half_a_year_ago_and_were_never_shown_are_deleted(company: Company) -> None:
    await company.generate(campaign("monitor", "Held back"), campaign("pause", "Shown"))
    await company.generate()
    await company.superuser.execute(
        "update insights.insight set ends_at = ends_at - interval '184 days' where tenant_id = $1", company.tenant_id
    )
    await company.generate()
    assert [insight["title"] for insight in await company.insights(status="all")] == [
        "Lower the budget of “Shown” (Meta) by 20%: €60.00 a lead, overall €30.00"
    ]


async def test_each_hour_queues_one_job_and_missed_hours_queue_one_together(
    company: Company, context: ServiceContext
) -> None:
    company.advise(campaign("pause"))
    event = RawEvent(
        id=uuid4(),
        type=DayRefreshed.TYPE,
        tenant_id=company.tenant_id,
        occurred_at=now(),
        data=msgspec.Raw(to_jsonb(DayRefreshed(batch_ids=[], days=["2026-05-04"])).encode()),
    )
    subject = subject_of(DayRefreshed.TYPE, company.tenant_id)
    await context.bus.publish(subject, to_jsonb(event).encode(), str(event.id))
    due = "select due_at from insights.generation where tenant_id = $1"
    async with asyncio.timeout(30):
        while await company.superuser.fetchval(due, company.tenant_id) is None:
            await asyncio.sleep(0.02)
    await asyncio.gather(*(queue_due_insights(context) for _ in range(4)))
    [job] = await _jobs(company)
    assert (await company.ended(str(job["job_id"])))["counts"]["told"] == 1
    ahead = "select due_at - now() between '0' and '1 hour' and extract(minute from due_at) = 5 from ({}) d"
    assert await company.superuser.fetchval(ahead.format(due), company.tenant_id)
    await queue_due_insights(context)
    assert len(await _jobs(company)) == 1

    # After three days without a run, one job is queued; and none while another one is still running.
    was = "update insights.generation set due_at = due_at - interval '3 days' where tenant_id = $1"
    await company.superuser.execute(was, company.tenant_id)
    await asyncio.gather(*(queue_due_insights(context) for _ in range(4)))
    jobs = await _jobs(company)
    assert len(jobs) == 2
    assert await company.superuser.fetchval(ahead.format(due), company.tenant_id)
    await company.ended(str(jobs[1]["job_id"]))
    becomes = "update insights.job set status = $2 where job_id = $1"
    await company.superuser.execute(becomes, jobs[1]["job_id"], "running")
    await company.superuser.execute(was, company.tenant_id)
    await queue_due_insights(context)
    assert len(await _jobs(company)) == 2
    # Otherwise the job would be found without its ticket and run again during another test.
    await company.superuser.execute(becomes, jobs[1]["job_id"], "completed")


async def _jobs(company: Company) -> list[Any]:
    return await company.superuser.fetch(
        "select job_id from insights.job where tenant_id = $1 order by created_at", company.tenant_id
    )


async def test_a_shown_insight_is_reworded_once_for_its_figures_or_keeps_its_words(
    company: Company, context: ServiceContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    await company.generate(campaign("pause", "Dear"), campaign("monitor", "New"))
    template = await _words(company)
    wording = Wording(template[0].replace("Lower", "Cut"), template[1].replace("Lower", "Cut"))
    async with endpoint_of(wording) as endpoint:
        monkeypatch.setitem(context.extras, "rewording", endpoint)
        for _ in range(2):
            await company.generate(campaign("pause", "Dear"), campaign("monitor", "New"))
        assert await _words(company) == (wording.title, wording.description) != template
        assert len(wording.asked) == 1
        path = f"/insights/{(await company.insights())[0]['id']}"
        acknowledged = await company.call("PATCH", path, json={"status": "acknowledged"})
        assert acknowledged.json()["title"] == (await company.get(path))["title"] == wording.title

        # An answer with the former figures is refused now, so the template's text is used and not asked about again.
        for _ in range(2):
            await company.generate(campaign("pause", "Dear", spend_cur=1500, cpl_cur=75))
        title, description = await _words(company)
        assert (title, len(wording.asked)) == (
            "Lower the budget of “Dear” (Meta) by 20%: €75.00 a lead, overall €30.00",
            2,
        )
        assert "€50.00" in description

        # An endpoint that hangs delays nothing and is asked again. A change that the text does not show keeps the text.
        wording.title, wording.description = title.replace("Lower", "Cut"), description
        wording.fault, endpoint._timeout = "silent", 0.5
        dearer: list[dict[str, Any]] = [campaign("pause", "Dear", spend_cur=1500, cpl_cur=75, cpl_usual=29)]
        assert (await company.generate(*dearer))["status"] == "completed"
        assert "overall €29.00" in (await _words(company))[0]
        wording.title = wording.title.replace("€30.00", "€29.00")
        wording.description = (await _words(company))[1]
        # On a busy machine, the request may be given up before the endpoint received it.
        wording.asked.clear()
        wording.fault, endpoint._rests_until, endpoint._timeout = "", 0.0, 30
        await company.generate(*dearer)
        await company.generate(dearer[0] | {"reason": "Otherwise."})
        assert ((await _words(company))[0], len(wording.asked)) == (wording.title, 1)

        # Only a few are asked about at once, and all of them together within the time limit.
        wording.fault = "silent"
        monkeypatch.setattr("services.insights_service.domain.reword_insights._SECONDS", 0.5)
        wording.asked.clear()
        job = await company.generate(*(campaign("pause", f"C{n}") for n in range(9)))
        assert (job["status"], job["counts"]["told"], len(wording.asked) <= 4) == ("completed", 9, True)
        assert len(await company.insights()) == 9

    # Without an endpoint, the template's words are used again.
    monkeypatch.setitem(context.extras, "rewording", None)
    await company.generate(dearer[0])
    assert (await _words(company))[0].startswith("Lower the budget of “Dear”")


async def _words(company: Company) -> tuple[str, str]:
    [insight] = await company.insights()
    return insight["title"], insight["description"]
