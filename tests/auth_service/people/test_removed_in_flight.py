"""A request that is under way while its caller is removed changes nothing any more."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.auth_service.people.conftest import Office, Someone

NEW = {"email": "ada@example.com", "role": "rep"}
STATE = (
    "select array(select (account_id, role, team_id)::text from auth.membership where tenant_id = $1 order by 1)"
    " || array(select (team_id, name)::text from auth.team where tenant_id = $1 order by 1)"
    " || array(select (api_key_id, revoked_at)::text from auth.api_key where tenant_id = $1 order by 1)"
)


async def state(office: Office) -> set[str]:
    rows = await office.rows.fetchval(STATE, office.id)
    assert rows
    return set(rows)


async def call_while(
    office: Office, statement: str, caller: Someone, method: str, path: str, body: Any
) -> httpx.Response:
    """A call that was let in, and waits for the tenant's people while `statement` befalls its caller."""
    assert (await office.call("GET", "/api/users", caller)).status_code == 200, "what they may do is remembered"
    async with office.rows.transaction():
        await office.rows.execute("select 1 from auth.tenant where tenant_id = $1 for update", office.id)
        asked = asyncio.ensure_future(office.call(method, path, caller, json=body))
        async with asyncio.timeout(20):
            while not asked.done() and not await office.rows.fetchval(
                "select count(*) from pg_locks where not granted"
            ):
                await asyncio.sleep(0.02)
        await office.rows.execute(statement, office.id, caller.id)
    return await asked


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("delete from auth.membership where tenant_id = $1 and account_id = $2", "not-a-member"),
        ("update auth.membership set role = 'rep' where tenant_id = $1 and account_id = $2", "scope-missing"),
    ],
    ids=["removed", "demoted"],
)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/api/users/{id}", None),
        ("PUT", "/api/users/{id}", {"role": "rep"}),
        ("POST", "/api/users", NEW),
        ("POST", "/auth/invitations", NEW),
        ("POST", "/api/teams", {"name": "North"}),
        ("POST", "/auth/api-keys", {"name": "till", "scopes": ["data:read"]}),
        ("DELETE", "/auth/api-keys/{key}", None),
    ],
)
async def test_who_is_removed_while_they_ask_changes_nothing(
    office: Office, method: str, path: str, body: Any, statement: str, refusal: str
):
    key = (await office.call("POST", "/auth/api-keys", json={"name": "shop", "scopes": ["data:read"]})).json()["id"]
    second, third = await office.hire("admin"), await office.hire("admin")
    path = path.format(id=third.id, key=key)
    before = await state(office)

    answer = await call_while(office, statement, second, method, path, body)

    assert (answer.status_code, answer.json()["type"]) == (403, f"urn:branchwise:problem:{refusal}")
    assert {row for row in before ^ await state(office) if second.id not in row} == set()
