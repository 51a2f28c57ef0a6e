"""Recipients with their own settings: the insights that they are shown, and the announcements to them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from loguru import logger
from msgspec import Raw

from common.clock import now
from common.http.context import ServiceContext
from services.insights_service.domain.anomalies.readers import readers_of
from services.insights_service.store.alert_settings import get_alert_settings
from services.insights_service.store.candidates import Candidate, get_past_findings, keep_candidates
from services.insights_service.store.feedback import own_voices
from services.insights_service.store.finding import Found
from services.insights_service.store.found import keep_found, keep_shown_to, take_unannounced
from tests.insights_service.conftest import Company, campaign
from tests.insights_service.made_figures import Figures

pytestmark = pytest.mark.asyncio(loop_scope="module")
MIDNIGHT = now().replace(hour=0, minute=0, second=0, microsecond=0)


def _no_holidays(*_: object) -> tuple[()]:
    return ()


async def _set(company: Company, recipients: dict[str, dict[str, Any]], **more: Any) -> Any:
    """Save settings of the company and of some of its members."""
    own = [
        {"recipient": company.people[who].email, "alerts_per_week": 7, "least_impact_pct": 1, **setting}
        for who, setting in recipients.items()
    ]
    body = {"alerts_per_week": 7, "least_impact_pct": 1, **more, "recipients": own}
    answer = await company.call("PUT", "/insights/settings", json=body)
    return answer.raise_for_status().json()


async def _shown(company: Company, who: str) -> list[str]:
    page = await company.get("/insights", who)
    same = await company.get(f"/api/analytics/insights/{company.tenant_id}", who)
    assert same == page
    assert page["total"] == len(page["data"])
    return [one["evidence"]["campaign_name"] for one in page["data"]]


async def test_each_recipient_is_shown_insights_by_their_own_least_impact_and_each_is_announced_once(
    company: Company,
) -> None:
    accounts = {who: str(person.account_id) for who, person in company.people.items()}
    log_lines = list[str]()
    sink = logger.add(log_lines.append, level=0)
    await company.generate(campaign("pause", "Before"))
    await _set(company, {"analyst": {"least_impact_pct": 100}}, least_impact_pct=60)
    # Insights shown to everybody stay until the next look. Then each recipient has their own.
    assert await _shown(company, "analyst") == ["Before"]
    await _set(company, {"analyst": {"least_impact_pct": 0}, "manager": {"least_impact_pct": 100}}, least_impact_pct=60)
    await company.generate(campaign("pause", "Before"), campaign("scale", "Small"))
    assert [await _shown(company, who) for who in ("analyst", "manager", "other manager")] == [
        ["Small", "Before"],
        [],
        [],
    ]
    announced = sorted(((one["to_company"], one["recipients"], one["rule"]) for one in await company.told()), key=str)
    assert announced == [(False, [accounts["analyst"]], "budget.scale"), (True, [], "budget.pause")]
    small = next(one for one in await company.insights(status="all") if one["rule"] == "budget.scale")
    assert small["is_shown"]
    insight = await company.get(f"/insights/{small['id']}", "other manager")
    assert not insight["is_shown"]

    # What was announced to one recipient before is announced to the company now, and nothing to anybody twice.
    for _ in range(2):
        await _set(company, {"analyst": {"least_impact_pct": 0}, "manager": {"least_impact_pct": 0}})
        await company.generate(campaign("pause", "Before"), campaign("scale", "Small"))
    later = [(one["to_company"], one["recipients"]) for one in await company.told()][2:]
    assert later == [(True, [accounts["manager"]])]
    assert [rule["shown"] for rule in (await company.get("/insights/rules"))["data"]] == [1, 1]

    # The setting of a member who leaves is deleted, and no address was stored, published or logged.
    await company.superuser.execute(
        "delete from auth.membership where account_id = $1", company.people["manager"].account_id
    )
    stored = await company.get("/insights/settings")
    assert [one["recipient"] for one in stored["recipients"]] == [company.people["analyst"].email]
    company.people["manager"] = company.people["other manager"]
    await company.generate(campaign("pause", "Before"))
    stored = await company.superuser.fetch("select account_id from insights.recipient")
    assert [str(row["account_id"]) for row in stored] == [accounts["analyst"]]
    to_rep = "update auth.membership set role = 'rep' where account_id = $1"
    await company.superuser.execute(to_rep, company.people["analyst"].account_id)
    assert (await company.get("/insights/settings", "manager"))["recipients"] == []
    logger.remove(sink)
    tables = await company.superuser.fetch(
        "select c.oid::regclass::text as name from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where c.relnamespace = 'insights'::regnamespace and c.relkind = 'r' and a.attname = 'tenant_id'"
    )
    assert {"insights.recipient", "insights.shown_to"} <= {table["name"] for table in tables}
    for address in {person.email for person in company.people.values()}:
        assert not [line for line in log_lines if address in line]
        for table in tables:
            # The audit log's own event names the caller.
            holds = f"select to_jsonb(t)::text from {table['name']} t where tenant_id = $1"
            rows = [row[0] for row in await company.superuser.fetch(holds, company.tenant_id)]
            assert not [row for row in rows if address in row and "audit.entry.recorded" not in row], table["name"]


async def test_recipients_have_their_own_alert_budget_and_shown_alerts_stay_while_they_last(
    company: Company, context: ServiceContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.insights_service.domain.look.now", lambda: MIDNIGHT)
    # The company is a German one for how numbers are written; what is low on a holiday there would be no news.
    monkeypatch.setattr("services.insights_service.domain.anomalies.judge.public_holidays", _no_holidays)
    analyst = str(company.people["analyst"].account_id)
    figures = Figures(150, MIDNIGHT.date() - timedelta(1), an_hour=90.0)
    figures.branches["N"][-2:] = 0
    await figures.store(company.superuser, company.tenant_id)
    nothing = {"alerts_per_week": 0}
    await _set(company, {"analyst": {}, "manager": nothing}, **nothing, language="vi")
    await company.superuser.execute("update auth.tenant set country = 'DE' where tenant_id = $1", company.tenant_id)
    await company.generate()
    rules_shown = {
        who: [one["rule"] for one in (await company.get("/insights", who))["data"]]
        for who in company.people
        if who in {"analyst", "manager", "other manager"}
    }
    assert rules_shown == {"analyst": ["anomaly.sessions"], "manager": [], "other manager": []}
    [event] = await company.told()
    assert (event["to_company"], event["recipients"]) == (False, [analyst])
    [one] = await company.insights()
    assert (one["language"], one["title"][:17]) == ("vi", "Số phiên truy cập")

    # A member's feedback counts for everybody, and more for that member.
    path = f"/insights/{one['id']}/feedback"
    (await company.call("POST", path, "other manager", json={"useful": True})).raise_for_status()
    (await company.call("POST", path, json={"useful": False})).raise_for_status()
    async with context.db.tenant(company.tenant_id) as connection:
        settings = await get_alert_settings(connection, company.tenant_id)
        feedback = await own_voices(connection, company.tenant_id, [to.account_id for to in settings.recipients])
        past = await get_past_findings(connection, company.tenant_id)
    readers = readers_of(settings, past, {"anomaly.sessions": (1, 1)}, feedback)
    by_account = {str(who): reader for who, reader in readers.recipients.items()}
    assert {who: reader.voices_of("anomaly.sessions") for who, reader in by_account.items()} == {
        analyst: (1, 1),
        str(company.people["manager"].account_id): (1, 3),
    }
    assert (len(by_account[analyst].standing), readers.company.standing) == (1, frozenset())
    assert (len(by_account[analyst].told_at), past.since is not None) == (1, True)

    # A shown insight stays shown whatever is wanted later, and its numbers are written as usual in the country.
    await _set(company, {"analyst": nothing, "manager": nothing}, **nothing)
    await company.generate()
    assert [(one["language"], one["rule"]) for one in await company.insights()] == [("en-DE", "anomaly.sessions")]
    assert "about 1." in (await company.insights())[0]["title"]
    assert len(await company.told()) == 1

    # What only a recipient was shown is remembered for them after its end: an echo of it is not news to them.
    await Figures(150, MIDNIGHT.date() - timedelta(1), an_hour=90.0).store(company.superuser, company.tenant_id)
    await company.generate()
    async with context.db.tenant(company.tenant_id) as connection:
        past = await get_past_findings(connection, company.tenant_id)
    [was] = past.standing
    causes = {str(who): shown.causes for who, shown in past.recipients.items()}
    assert (was.is_shown, causes) == (False, {analyst: frozenset({was.cause})})


async def test_a_mild_change_is_announced_once_more_when_it_becomes_clear(
    company: Company, context: ServiceContext
) -> None:
    analyst = company.people["analyst"]
    await _set(company, {"analyst": {}})

    async def announced_by(cause: str, *, is_mild: bool) -> list[tuple[str, bool, list[UUID]]]:
        """Return what is announced by a look that finds this cause, and by another look after it."""
        candidate = Candidate(now(), cause, "anomaly.leads", 1.2 if is_mild else 4.0, 30.0, is_mild)
        found = Found(
            insight_type="anomaly",
            rule="anomaly.leads",
            cause=cause,
            severity="low" if is_mild else "high",
            metric="leads",
            title="Leads",
            description="",
            evidence=Raw(b'{"kind": "anomaly", "is_mild": true}' if is_mild else b'{"kind": "anomaly"}'),
            impact=None,
            impact_pct=Decimal(30),
            score=Decimal(1),
            is_shown=True,
            shown_to=[analyst.account_id],
        )
        announced = list[dict[str, Any]]()
        for _ in range(2):
            async with context.db.tenant(company.tenant_id) as connection:
                await keep_candidates(connection, company.tenant_id, [candidate])
            async with context.db.tenant(company.tenant_id) as connection:
                await keep_found(connection, company.tenant_id, [found])
                await keep_shown_to(connection, company.tenant_id, [found])
                announced += await take_unannounced(connection, company.tenant_id)
        return [(one["severity"], one["to_company"], one["recipients"]) for one in announced]

    to_all = (True, [analyst.account_id])
    assert await announced_by("anomaly.leads:a", is_mild=True) == [("low", *to_all)]
    assert await announced_by("anomaly.leads:a", is_mild=False) == [("high", *to_all)]
    # It is not announced each time that it comes and goes.
    assert await announced_by("anomaly.leads:a", is_mild=True) == []
    assert await announced_by("anomaly.leads:a", is_mild=False) == []

    # It does not matter that it had ended in between.
    assert len(await announced_by("anomaly.leads:c", is_mild=True)) == 1
    ends = "update insights.insight set is_standing = false, status = 'resolved' where cause = 'anomaly.leads:c'"
    await company.superuser.execute(ends)
    assert await announced_by("anomaly.leads:c", is_mild=False) == [("high", *to_all)]

    # It is not announced again after somebody has dealt with it.
    assert len(await announced_by("anomaly.leads:b", is_mild=True)) == 1
    acknowledge = (
        "update insights.insight set status = 'acknowledged' where tenant_id = $1 and cause = 'anomaly.leads:b'"
    )
    await company.superuser.execute(acknowledge, company.tenant_id)
    assert await announced_by("anomaly.leads:b", is_mild=False) == []
