from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from common import audit
from common.audit import NO_TENANT
from common.events import Event
from common.events.contracts.audit_entry_recorded import AuditEntryRecorded
from common.http.context import ServiceContext
from common.settings import SERVICES_WITH_DATABASE
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_api_key, add_person, add_tenant
from services.auth_service.consumers.on_entry_recorded import on_entry_recorded
from tests.auth_service.audit_log import entries, signed_in
from tests.auth_service.conftest import owner_signed_in

AUDIT = "/auth/audit"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def add(context: ServiceContext, tenant_id: UUID, **fields: Any) -> UUID:
    """Put an entry into the log as its event does."""
    given: dict[str, Any] = {"action": "thing.done", "outcome": "done", "actor_kind": "system", "service": "data"}
    given |= {"occurred_at": NOON, **fields}
    entry = AuditEntryRecorded(**given)
    event = Event(id=uuid4(), type=entry.TYPE, tenant_id=tenant_id, occurred_at=NOON, request_id="r1", data=entry)
    async with context.db.tenant(tenant_id) as conn:
        await on_entry_recorded(conn, event, context)
        await on_entry_recorded(conn, event, context)
    return event.id


async def found(auth: httpx.AsyncClient, headers: dict[str, str], **filters: Any) -> list[str]:
    """Ids of the entries that these filters leave, of service data: signing in was written down too."""
    answer = await auth.get(AUDIT, params={"service": "data", **filters}, headers=headers)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["total"] >= len(body["data"])
    return [row["id"] for row in body["data"]]


async def test_an_entry_reaches_the_log_with_its_change_and_stands_there_once(
    auth: httpx.AsyncClient, owner: dict[str, str], context: ServiceContext, tenant: str
):
    async with context.db.tenant(UUID(tenant)) as conn:
        detail = {"role": "analyst", "größer": [1, None]}
        await audit.record(conn, "auth", UUID(tenant), "operator", "probe.made", target="it", detail=detail)
    context.wake_relay()
    [seen] = await entries(context, UUID(tenant), "probe")
    shown = (await auth.get(AUDIT, params={"action": "probe.made"}, headers=owner)).json()["data"]
    assert [row["id"] for row in shown] == [str(seen["id"])]
    del shown[0]["id"], shown[0]["occurred_at"], shown[0]["request_id"]
    assert shown[0] == {
        "action": "probe.made",
        "outcome": "done",
        "actor_kind": "operator",
        "actor_id": None,
        "actor": "",
        "target": "it",
        "detail": detail,
        "count": 1,
        "service": "auth",
        "address": "",
    }


async def test_a_change_that_is_undone_leaves_no_entry(context: ServiceContext, tenant: str):
    with pytest.raises(ZeroDivisionError):
        async with context.db.tenant(UUID(tenant)) as conn:
            await audit.record(conn, "auth", UUID(tenant), "operator", "probe.made")
            _ = 1 / 0
    async with context.db.tenant(UUID(tenant)) as conn:
        assert await conn.fetchval("select count(*) from auth.outbox where payload ->> 'action' = 'probe.made'") == 0


@pytest.mark.parametrize("service", SERVICES_WITH_DATABASE)
async def test_no_role_can_change_or_take_away_what_stands_there(
    database: MigratedDatabase, context: ServiceContext, tenant: str, service: str
):
    await add(context, UUID(tenant))
    role = await asyncpg.connect(database.settings.dsn(service))
    again = "on conflict (tenant_id, occurred_at, entry_id) do update set actor = 'nobody'"
    names = "occurred_at, entry_id, action, outcome, actor_kind, service"
    statements = [
        "update auth.audit_entry set actor = 'nobody'",
        "update auth.audit_entry set actor = actor where false",
        "delete from auth.audit_entry",
        "truncate auth.audit_entry",
        f"insert into auth.audit_entry (tenant_id, {names}) select tenant_id, {names} from auth.audit_entry {again}",
        "set role branchwise_owner",
        "alter table auth.audit_entry disable row level security",
        "drop table auth.audit_entry",
        "drop policy tenant on auth.audit_entry",
        "select * from auth.audit_entry for update",
        "lock table auth.audit_entry in access exclusive mode",
    ]
    if service != "auth":
        statements += ["select * from auth.audit_entry", "select count(*) from auth.audit_entry"]
        statements += ["insert into auth.audit_entry (tenant_id) values (gen_random_uuid())"]
    for statement in statements:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with role.transaction():
                await role.execute(f"set local app.tenant_id = '{tenant}'")
                await role.execute(statement)
    await role.close()


async def test_entries_come_newest_first_page_by_page_and_none_twice(
    auth: httpx.AsyncClient, owner: dict[str, str], context: ServiceContext, tenant: str
):
    # Of the same instant too: ten of each.
    ids = [
        str(await add(context, UUID(tenant), occurred_at=NOON + timedelta(seconds=number // 10)))
        for number in range(40)
    ]
    pages = [
        (await auth.get(AUDIT, params={"service": "data", "limit": 7, "page": page}, headers=owner)).json()
        for page in range(1, 8)
    ]
    seen = [row for page in pages for row in page["data"]]
    assert len(seen) == 40
    assert {row["id"] for row in seen} == set(ids)
    order = [(row["occurred_at"], row["id"]) for row in seen]
    assert order == sorted(order, reverse=True)
    assert [page["has_more"] for page in pages] == [True] * 5 + [False] * 2
    assert {page["total"] for page in pages} == {40}


async def test_each_filter_leaves_what_it_names(
    auth: httpx.AsyncClient, owner: dict[str, str], context: ServiceContext, tenant: str
):
    tenant_id, rita = UUID(tenant), uuid4()
    base = await add(context, tenant_id, action="member.removed")
    named = await add(context, tenant_id, action="member.role-changed", actor_id=rita, actor="rita@example.com")
    till = await add(context, tenant_id, action="members.listed", actor_kind="api-key", actor="till 1")
    refused = await add(context, tenant_id, action="access.refused", outcome="refused", target="GET /auth/audit")
    for filters, expected in (
        ({"actor": str(rita)}, [named]),
        ({"actor": " Rita@Example.com"}, [named]),
        ({"actor": "till 1"}, [till]),
        ({"actor": str(uuid4())}, []),
        ({"action": "member.removed"}, [base]),
        ({"action": "member"}, [base, named]),
        ({"action": "member."}, [base, named]),
        ({"action": "member%"}, []),
        ({"outcome": "refused"}, [refused]),
        ({"target": "GET /auth/audit"}, [refused]),
        ({"action": "member", "actor": str(rita), "outcome": "done"}, [named]),
        ({"action": "member", "outcome": "refused"}, []),
    ):
        assert set(await found(auth, owner, **filters)) == {str(one) for one in expected}, filters
    assert await found(auth, owner, service="email") == []


async def test_days_are_the_tenants_own_and_both_are_included(
    auth: httpx.AsyncClient, owner: dict[str, str], context: ServiceContext, tenant: str
):
    # In Chicago the first of March 2026 goes from six in the morning, UTC, to six of the next.
    instants = [
        "2026-03-01T05:59:59.999999",
        "2026-03-01T06:00:00",
        "2026-03-02T05:59:59.999999",
        "2026-03-02T06:00:00",
    ]
    before, first, last, after = [
        str(await add(context, UUID(tenant), occurred_at=datetime.fromisoformat(one).replace(tzinfo=UTC)))
        for one in instants
    ]
    day = "2026-03-01"
    assert await found(auth, owner, date_from=day, date_to=day) == [last, first]
    assert await found(auth, owner, date_from=day) == [after, last, first]
    assert await found(auth, owner, date_to=day) == [last, first, before]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"date_from": "2026-03-02", "date_to": "2026-03-01"}, "date_from"),
        ({"date_from": "2020-03-01", "date_to": "2026-03-01"}, "date_to"),
        ({"date_from": "1026-03-01"}, "date_from"),
        ({"date_to": "9999-12-31"}, "date_to"),
        ({"date_from": "yesterday"}, "date_from"),
        ({"outcome": "maybe"}, "outcome"),
        ({"service": "nothing"}, "service"),
        ({"actor": "a\x00b"}, "actor"),
        ({"action": ""}, "action"),
        ({"limit": "501"}, "limit"),
        ({"page": "0"}, "page"),
    ],
    ids=str,
)
async def test_questions_that_make_no_sense_are_named(
    auth: httpx.AsyncClient, owner: dict[str, str], query: dict[str, str], field: str
):
    answer = await auth.get(AUDIT, params=query, headers=owner)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_only_who_may_read_the_log_does_and_only_the_own_tenants(
    auth: httpx.AsyncClient,
    owner: dict[str, str],
    operator: dict[str, str],
    context: ServiceContext,
    tenant: str,
    database: MigratedDatabase,
):
    other = await add_tenant(database.superuser_dsn)
    await add(context, other, actor="stranger")
    await add(context, NO_TENANT, actor="unknown")
    own = str(await add(context, UUID(tenant)))
    assert await found(auth, owner) == [own]
    for role in ("manager", "analyst", "rep"):
        person = await add_person(database.superuser_dsn, UUID(tenant), role)
        headers = await signed_in(auth, operator, person.email)
        assert (await auth.get(AUDIT, headers=headers)).status_code == 403
        assert (await auth.get(AUDIT, headers={**headers, "X-Tenant-Id": str(NO_TENANT)})).status_code == 403
    reader = await add_person(database.superuser_dsn, UUID(tenant), "rep", permissions=["audit:read"])
    assert await found(auth, await signed_in(auth, operator, reader.email)) == [own]
    for scope, status in (("audit:read", 200), ("tenant:admin", 403)):
        key = await add_api_key(database.superuser_dsn, UUID(tenant), [scope])
        assert (await auth.get(AUDIT, headers={"X-API-Key": key})).status_code == status
    assert (await auth.get(AUDIT, headers={**owner, "X-Tenant-Id": str(NO_TENANT)})).status_code == 403


async def test_the_operator_reads_every_log_and_that_of_no_tenant(
    auth: httpx.AsyncClient, operator: dict[str, str], context: ServiceContext, tenant: str
):
    nobodys, own = str(await add(context, NO_TENANT)), str(await add(context, UUID(tenant)))
    for query, expected in (({}, nobodys), ({"tenant_id": tenant}, own)):
        answer = await auth.get("/auth/operator/audit", params={"service": "data", **query}, headers=operator)
        assert [row["id"] for row in answer.json()["data"]] == [expected]
    assert (await auth.get("/auth/operator/audit")).status_code == 401


async def test_what_the_operator_does_and_settings_that_change_are_written_down(
    auth: httpx.AsyncClient, founded: str, operator: dict[str, str], context: ServiceContext
):
    tenant, owner = founded, await owner_signed_in(auth)
    change = {"name": "Elsewhere", "google_analytics_config": {"property_id": "123"}}
    await auth.patch(f"/auth/tenants/{tenant}", json=change, headers=owner)
    await auth.post(f"/auth/operator/tenants/{tenant}/tokens", headers=operator)
    changed, created = await entries(context, UUID(tenant), "tenant", at_least=2)
    assert (created["action"], created["actor_kind"]) == ("tenant.created", "operator")
    assert (changed["action"], changed["actor"]) == ("tenant.changed", "owner@example.com")
    assert changed["detail"] == {
        "name": {"before": "Somewhere Supply", "after": "Elsewhere"},
        "google_analytics_config.property_id": {"before": None, "after": "123"},
    }
    [minted] = await entries(context, UUID(tenant), "token")
    assert (minted["actor_kind"], minted["target"]) == ("operator", "owner@example.com")
