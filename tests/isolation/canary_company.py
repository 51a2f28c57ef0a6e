"""A company whose every row says whose it is, with one person of each role, and a machine.

Ids, branch codes and terms are the same in every such company: whoever mixes tenants up shows the wrong word.
"""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from common.auth.roles import ROLES, SCOPES
from common.events import publish
from common.events.contracts.email_delivery_changed import DeliveryChanged
from common.testing.company import Company
from common.testing.stack import Stack
from services.insights_service.domain.evidence.shapes import Anomaly, Member, Part
from services.insights_service.domain.evidence.written import encode_evidence

DAY = "2024-04-29"
BRANCH = "D07"
_TEN_IN_CHICAGO = 1_714_402_800_000_000
_MINUTE = 60_000_000


@dataclass
class CanaryCompany:
    """`word` stands in the names of everything it has; `people` are the headers of one person of each role.

    `job_ids` are of jobs that no list shows.
    """

    company: Company
    word: str
    people: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    job_ids: set[str] = field(default_factory=set[str])

    @property
    def tenant_id(self) -> str:
        """Its id as text."""
        return str(self.company.tenant_id)


async def fill(company: Company, word: str, stack: Stack) -> CanaryCompany:
    """Give a company rows of every kind that the system takes in, by the public road."""
    await company.api.patch(f"/auth/tenants/{company.tenant_id}", json={"name": f"{word} Incorporated"})
    stream = await company.post("/data/sources", {"kind": "measurement_protocol", "name": f"{word} app"})
    names = {name: stream[name] for name in ("measurement_id", "api_secret")}
    refused = {"client_id": f"{word} device", "events": [{"name": f"_{word}"}]}
    await company.api.post("/mp/collect", params=names, json=refused)
    await company.imported(
        "locations", f"location_id,location_name,city\n{BRANCH},{word} branch,{word} city\n".encode()
    )
    users = "user_id,buying_company_name,email,cell_phone,location_id\n"
    users += "".join(
        f"{user},{word} {user},{user}@{word}.example,402-555-0111,{BRANCH}\n" for user in ("acme", "baker")
    )
    await company.imported("users", users.encode())
    await company.imported("ga4-export", _export(word))
    for kind, file in _marketing(word).items():
        await company.imported(kind, file.encode())
    mapping = {"branch_code": BRANCH, "branch_name": f"{word} branch", "sales_rep_name": f"{word} rep"}
    await company.post(
        "/analytics/email/mappings", {**mapping, "sales_rep_email": f"rep@{word}.example", "is_enabled": True}
    )
    sent = await company.post("/analytics/email/send-reports", {"report_date": DAY, "branch_codes": [BRANCH]})
    await company.ended_send(sent)
    await _send_on_that_day(stack, company.tenant_id)
    smtp = {"server": f"smtp.{word}.example", "port": 587, "from_address": f"from@{word}.example"}
    await company.post("/analytics/email/config", {**smtp, "username": word, "password": "x", "use_tls": True})
    filled = CanaryCompany(company, word)
    for role in ROLES:
        filled.people[role] = await _hire(stack, company.tenant_id, role)
    await company.post("/api/teams", {"name": f"{word} team", "settings": {"motto": f"{word} first"}})
    await company.post("/api/campaigns", {"name": f"{word} campaign", "platform": "meta"})
    goal = {"metric": "leads", "target": 9, "period_start": DAY, "period_end": DAY}
    await company.post("/api/goals", {**goal, "name": f"{word} goal"})
    await company.post("/api/analytics", {"type": "daily", "date": DAY})
    await company.post("/auth/invitations", {"email": f"invited@{word}.example", "role": "rep", "name": f"{word} new"})
    key = await company.post("/auth/api-keys", {"name": f"{word} till", "scopes": list(SCOPES)})
    filled.people["machine"] = {"X-API-Key": key["key"]}
    filled.job_ids = {await _past_job(stack, company.tenant_id)}
    await _differ(stack, company.tenant_id, word)
    await _let_a_month_leave(stack, company.tenant_id, word)
    await _give_up_events(stack, company.tenant_id, word)
    await _stand_out(stack, company, filled)
    return filled


async def _stand_out(stack: Stack, company: Company, filled: CanaryCompany) -> None:
    """An insight, what was said of it, who is told how much, a day like no other, and a look for more."""
    word = filled.word
    connection = await asyncpg.connect(stack.superuser_dsn)
    try:
        insight_id = await connection.fetchval(
            "insert into insights.insight (tenant_id, insight_type, rule, cause, severity, metric, title, description,"
            " evidence, score, starts_at, is_shown)"
            " values ($1, 'anomaly', $2, 'canary', 'high', 'leads', $2, $2, $3, 1, now(), true) returning insight_id",
            *(company.tenant_id, word, encode_evidence(_dropped(word)).decode()),
        )
        await connection.execute(
            "with account as (insert into auth.account (email) values ($2)"
            " on conflict (email) do update set email = excluded.email returning account_id)"
            " insert into auth.membership (tenant_id, account_id, role, joined_at)"
            " select $1, account_id, 'analyst', now() from account",
            *(company.tenant_id, f"told@{word}.example"),
        )
    finally:
        await connection.close()
    await company.post(f"/insights/{insight_id}/feedback", {"useful": True, "note": word})
    own = {"recipient": f"told@{word}.example", "alerts_per_week": 1, "least_impact_pct": 1}
    settings = {"alerts_per_week": 7, "least_impact_pct": 1, "recipients": [own]}
    (await company.api.put("/insights/settings", json=settings)).raise_for_status()
    days = {"first_day": DAY, "last_day": DAY}
    await company.post("/insights/events", {**days, "name": f"{word} sale", "kind": "sale"})
    looked = await company.post("/insights/generate", None)
    filled.job_ids.add(looked["job_id"])


def _dropped(word: str) -> Anomaly:
    """Leads of one campaign have stopped."""
    campaign = Part(dimension="campaign", members=[Member(id=word, name=word)])
    return Anomaly(
        metric="leads", unit="count", grain="day", expected=42, actual=3, direction="down", segment=[campaign]
    )


async def _give_up_events(stack: Stack, tenant_id: UUID, word: str) -> None:
    """A dead letter in each service that has consumers."""
    connection = await asyncpg.connect(stack.superuser_dsn)
    try:
        for service in ("auth", "data", "analytics", "insights", "email"):
            await connection.execute(
                f"insert into {service}.dead_letter"
                " (tenant_id, consumer, event_id, event_type, payload, cause, deliveries)"
                " values ($1, 'canary', gen_random_uuid(), 'canary', '{}', $2, 8)",
                *(tenant_id, f"{word} failed"),
            )
    finally:
        await connection.close()


async def _send_on_that_day(stack: Stack, tenant_id: UUID) -> None:
    """Have the report been sent on the day that all is asked about, and wait until what came of it is told there."""
    connection = await asyncpg.connect(stack.superuser_dsn)
    try:
        sent = await connection.fetchval(
            "update email.delivery set created_at = $2::date + interval '20 hours' where tenant_id = $1"
            " returning delivery_id",
            *(tenant_id, date.fromisoformat(DAY)),
        )
        await publish(connection, "email", DeliveryChanged(delivery_id=sent), tenant_id)
        known = "select exists (select from analytics.follow_up_total where tenant_id = $1 and day = $2)"
        async with asyncio.timeout(60):
            while not await connection.fetchval(known, tenant_id, date.fromisoformat(DAY)):
                await asyncio.sleep(0.1)
    finally:
        await connection.close()


async def _past_job(stack: Stack, tenant_id: UUID) -> str:
    """A job of analytics, which starts none by a call."""
    connection = await asyncpg.connect(stack.superuser_dsn)
    try:
        past = "insert into analytics.job (tenant_id, kind, status) values ($1, 'past', 'completed') returning job_id"
        return str(await connection.fetchval(past, tenant_id))
    finally:
        await connection.close()


async def _differ(stack: Stack, tenant_id: UUID, word: str) -> None:
    """A row that a check found to differ."""
    connection = await asyncpg.connect(stack.superuser_dsn)
    try:
        await connection.execute(
            "insert into analytics.difference (tenant_id, job_id, table_name, row_key, kept, counted)"
            " values ($1, gen_random_uuid(), 'day_total', $2, '', '')",
            *(tenant_id, word),
        )
    finally:
        await connection.close()


async def _let_a_month_leave(stack: Stack, tenant_id: UUID, word: str) -> None:
    """A month that left by age, and the file that it is in."""
    name = f"{tenant_id}/day_total/2020-01.parquet"
    file = stack.home / "files" / "retained" / name
    file.parent.mkdir(parents=True)
    file.write_text(word)
    connection = await asyncpg.connect(stack.superuser_dsn)
    try:
        await connection.execute(
            "insert into analytics.retained_export (tenant_id, table_name, month, file_name, rows, bytes, sums)"
            " values ($1, 'day_total', '2020-01-01', $2, 1, $3, '{}')",
            *(tenant_id, name, len(word)),
        )
    finally:
        await connection.close()


async def token_of(stack: Stack, email: str) -> str:
    """A token of an account, as the command line asks for one."""
    key = (stack.home / "secrets" / "operator_key").read_text().strip()
    async with httpx.AsyncClient(base_url=stack.url_of("auth"), timeout=20) as auth:
        answer = await auth.post("/auth/operator/tokens", json={"email": email}, headers={"X-Operator-Key": key})
    return str(answer.raise_for_status().json()["access_token"])


async def token_of_nobody(stack: Stack) -> str:
    """A good token of an account that belongs to no tenant."""
    return await _account(stack, f"nobody-{uuid4().hex[:8]}@example.com", [])


async def _hire(stack: Stack, tenant_id: UUID, role: str) -> dict[str, str]:
    token = await _account(stack, f"{role}-{uuid4().hex[:8]}@example.com", [(tenant_id, role)])
    return {"Authorization": f"Bearer {token}", "X-Tenant-Id": str(tenant_id)}


async def _account(stack: Stack, email: str, memberships: list[tuple[UUID, str]]) -> str:
    connection = await asyncpg.connect(stack.superuser_dsn)
    try:
        account = await connection.fetchval("insert into auth.account (email) values ($1) returning account_id", email)
        for tenant_id, role in memberships:
            await connection.execute(
                "insert into auth.membership (tenant_id, account_id, role, branch_codes, joined_at)"
                " values ($1, $2, $3, $4, now())",
                *(tenant_id, account, role, [BRANCH]),
            )
    finally:
        await connection.close()
    return await token_of(stack, email)


def _marketing(word: str) -> dict[str, str]:
    """Leads of a platform and a campaign of its own, which spends ten times as much as in the week before, and one
    of no campaign."""
    leads = "".join(f"lead-{n},{DAY}T10:00:00,{word},{word} sale,P-100,{word} pump,{BRANCH}\n" for n in range(4))
    leads += f"lead-4,{DAY}T10:00:00,{word},{word} of nobody,,,\n"
    ads = "".join(
        f"{date.fromisoformat(DAY) - timedelta(days)},{word},c-1,{word} sale,100,10,{10 if days else 100}\n"
        for days in range(9)
    )
    return {
        "leads": "lead_id,created_at,utm_source,utm_campaign,product_id,product_name,location_id\n" + leads,
        "contracts": f"contract_id,lead_id,signed_at,amount\ncontract-1,lead-1,{DAY},500\n",
        "campaign-performance": "date,platform,campaign_id,campaign_name,impressions,clicks,spend\n" + ads,
    }


def _export(word: str) -> bytes:
    """A purchase, an abandoned cart, a search without result, a repeat visit, and a line that is rejected."""
    item = {"item_id": "P-100", "item_name": f"{word} pump", "price": 112.4, "quantity": "6"}
    hits = [
        _hit(0, 1, "acme", "page_view"),
        _hit(1, 1, "acme", "view_item", items=[item]),
        _hit(2, 1, "acme", "add_to_cart", items=[item]),
        _hit(3, 1, "acme", "no_search_results", search_term=f"{word} valve"),
        _hit(60, 2, "acme", "page_view", page_location=f"https://{word}.example/"),
        _hit(61, 2, "acme", "view_item", items=[item]),
        _hit(9, 1, "baker", "purchase", items=[item], transaction_id="T-1", value="19.00", currency="USD"),
        {"event_name": "page_view", "user_pseudo_id": f"rejected {word}"},
    ]
    return b"".join(json.dumps(hit).encode() + b"\n" for hit in hits)


def _hit(
    minute: int, session: int, user: str, name: str, items: list[dict[str, Any]] | None = None, **values: str
) -> dict[str, Any]:
    params = [{"key": "ga_session_id", "value": {"int_value": str(session)}}]
    params += [{"key": key, "value": {"string_value": value}} for key, value in values.items()]
    return {
        "event_date": DAY.replace("-", ""),
        "event_timestamp": str(_TEN_IN_CHICAGO + minute * _MINUTE),
        "event_name": name,
        "event_params": params,
        "event_bundle_sequence_id": str(minute),
        "user_pseudo_id": f"device of {user}",
        "user_id": user,
        "user_properties": [{"key": "default_branch_id", "value": {"string_value": BRANCH}}],
        "items": items or [],
    }
