"""Whom the operator shuts out leaves no way in behind, in any of their tenants."""

import asyncio
from typing import Any

import httpx

from common.auth.access_changes import AccessChange, listen
from common.db.jsonb import from_jsonb
from common.http.context import ServiceContext
from tests.auth_service.people.conftest import Office, Someone

KEYS = "/auth/api-keys"
REVOKE = "/auth/operator/accounts/revoke"


async def in_both(office: Office, elsewhere: Office) -> list[tuple[Office, Someone]]:
    """One admin of two tenants, as whom they call in each."""
    maker = await office.hire("admin")
    await elsewhere.rows.execute(
        "insert into auth.membership (tenant_id, account_id, role, joined_at) values ($1, $2, 'admin', now())",
        elsewhere.id,
        maker.id,
    )
    there = Someone(maker.id, maker.email, maker.headers | {"X-Tenant-Id": str(elsewhere.id)})
    return [(office, maker), (elsewhere, there)]


async def key_of(office: Office, maker: Someone) -> dict[str, Any]:
    made = await office.call("POST", KEYS, maker, json={"name": "import", "scopes": ["tenant:admin"]})
    assert made.status_code == 201, made.text
    return made.json()


async def reads(api: httpx.AsyncClient, keys: list[dict[str, Any]]) -> list[int]:
    return [(await api.get(KEYS, headers={"X-API-Key": key["key"]})).status_code for key in keys]


async def test_what_a_revoked_account_made_is_out_with_it_in_each_of_its_tenants(
    office: Office, elsewhere: Office, operator: dict[str, str], context: ServiceContext
):
    places = await in_both(office, elsewhere)
    keys = [await key_of(place, maker) for place, maker in places]
    others = await key_of(office, office.admin)
    body = {"email": "second-box@example.com", "role": "admin"}
    assert (await office.call("POST", "/auth/invitations", places[0][1], json=body)).status_code == 201
    token = await office.token_in_mail(1)
    assert await reads(office.api, [*keys, others]) == [200, 200, 200]
    heard: asyncio.Queue[AccessChange] = asyncio.Queue()
    await listen(context.bus.client, heard.put_nowait)
    await context.bus.client.flush()

    answer = (await office.api.post(REVOKE, json={"email": places[0][1].email}, headers=operator)).json()

    assert (answer["api_keys_ended"], answer["invitations_ended"]) == (2, 1)
    assert await reads(office.api, [*keys, others]) == [401, 401, 200]
    said = await asyncio.wait_for(heard.get(), 30)
    assert {str(one) for one in said.keys} == {key["id"] for key in keys}
    restored = await office.api.post(
        REVOKE.replace("revoke", "restore"), json={"email": places[0][1].email}, headers=operator
    )
    assert restored.status_code == 200
    assert (await office.accept(token)).status_code == 400
    assert await reads(office.api, keys) == [401, 401]


async def test_each_tenants_log_names_what_ended_there_and_nothing_of_the_other(
    office: Office, elsewhere: Office, operator: dict[str, str]
):
    places = await in_both(office, elsewhere)
    keys = [await key_of(place, maker) for place, maker in places]
    await office.api.post(REVOKE, json={"email": places[0][1].email}, headers=operator)
    for (place, _), key in zip(places, keys, strict=True):
        rows = await office.rows.fetch(
            "select payload->>'action' as action, payload->>'actor_kind' as kind, payload->'detail' as detail"
            " from auth.outbox where tenant_id = $1 and payload->>'action' in ('account.revoked', 'api-key.revoked')"
            " order by 1",
            place.id,
        )
        account, revoked = [(row["action"], row["kind"], from_jsonb(row["detail"])) for row in rows]
        named = {"sessions_ended": 2, "api_keys_revoked": [{"id": key["id"], "name": "import"}]}
        assert account == ("account.revoked", "operator", named)
        because = {"name": "import", "because": "its maker was shut out"}
        assert revoked == ("api-key.revoked", "operator", because)


async def test_nobody_makes_a_key_past_a_revocation_that_happens_at_the_same_time(
    office: Office, operator: dict[str, str]
):
    maker = await office.hire("admin")
    body = {"name": "import", "scopes": ["tenant:admin"]}
    await asyncio.gather(
        *(office.call("POST", KEYS, maker, json=body) for _ in range(8)),
        office.api.post(REVOKE, json={"email": maker.email}, headers=operator),
        *(office.call("POST", KEYS, maker, json=body) for _ in range(8)),
    )
    standing = "select count(*) from auth.api_key where created_by = $1 and revoked_at is null"
    assert await office.rows.fetchval(standing, maker.id) == 0


async def test_an_admin_who_is_shut_out_as_they_ask_makes_nothing(office: Office):
    maker = await office.hire("admin")
    assert (await office.call("GET", KEYS, maker)).status_code == 200
    # What they may do is still remembered from that call.
    await office.rows.execute("update auth.account set disabled_at = now() where account_id = $1", maker.id)
    body = {"name": "import", "scopes": ["tenant:admin"]}
    assert (await office.call("POST", KEYS, maker, json=body)).status_code == 403
    asked = {"email": "second-box@example.com", "role": "rep"}
    assert (await office.call("POST", "/auth/invitations", maker, json=asked)).status_code == 403
