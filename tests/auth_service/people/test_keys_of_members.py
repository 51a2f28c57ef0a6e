"""Keys of machines end with what their makers may do."""

import asyncio
from typing import Any

import pytest

from common.auth.access_changes import AccessChange, listen
from common.db.jsonb import from_jsonb
from common.http.context import ServiceContext
from tests.auth_service.people.conftest import Office, Someone

KEYS = "/auth/api-keys"


async def key_of(office: Office, maker: Someone, *scopes: str, **body: Any) -> dict[str, Any]:
    made = await office.call("POST", KEYS, maker, json={"name": "import", "scopes": list(scopes), **body})
    assert made.status_code == 201, made.text
    return made.json()


async def reads(office: Office, key: dict[str, Any]) -> int:
    return (await office.api.get(KEYS, headers={"X-API-Key": key["key"]})).status_code


async def written(office: Office, action: str) -> list[tuple[str, str, dict[str, Any]]]:
    rows = await office.rows.fetch(
        "select payload->>'actor' as actor, payload->>'target' as target, payload->'detail' as detail from auth.outbox"
        " where tenant_id = $1 and payload->>'action' = $2 order by payload->>'target', occurred_at",
        office.id,
        action,
    )
    return [(row["actor"], row["target"], from_jsonb(row["detail"])) for row in rows]


@pytest.mark.parametrize("by", ["an admin", "themselves"])
async def test_a_removed_members_keys_are_out_with_them_and_everybody_hears_of_it(
    office: Office, context: ServiceContext, by: str
):
    maker = await office.hire("admin")
    key, others = await key_of(office, maker, "tenant:admin"), await key_of(office, office.admin, "tenant:admin")
    assert [await reads(office, one) for one in (key, others)] == [200, 200]
    heard: asyncio.Queue[AccessChange] = asyncio.Queue()
    await listen(context.bus.client, heard.put_nowait)
    await context.bus.client.flush()

    gone = await office.call("DELETE", f"/api/users/{maker.id}", maker if by == "themselves" else None)

    assert gone.status_code == 204
    assert [await reads(office, one) for one in (key, others)] == [401, 200]
    said = await asyncio.wait_for(heard.get(), 30)
    assert ([str(one) for one in said.accounts], [str(one) for one in said.keys]) == ([maker.id], [key["id"]])


async def test_the_audit_log_says_which_keys_went_with_whom(office: Office):
    maker = await office.hire("admin")
    keys = [await key_of(office, maker, "data:read", name=name) for name in ("shop", "till", "old", "past")]
    await office.call("DELETE", f"{KEYS}/{keys[2]['id']}")
    await office.rows.execute("update auth.api_key set expires_at = now() where name = 'past'")
    before = await written(office, "api-key.revoked")

    await office.call("DELETE", f"/api/users/{maker.id}")

    went = sorted(keys[:2], key=lambda key: key["id"])
    [(_, _, removed)] = await written(office, "member.removed")
    named = sorted(removed["api_keys_revoked"], key=lambda key: key["id"])
    assert named == [{"id": key["id"], "name": key["name"]} for key in went]
    revoked = [entry for entry in await written(office, "api-key.revoked") if entry not in before]
    assert revoked == [
        (office.admin.email, key["id"], {"name": key["name"], "because": "its maker was removed"}) for key in went
    ]


async def test_a_demoted_member_keeps_the_keys_that_they_could_still_make(office: Office):
    maker = await office.hire("admin")
    reading = await key_of(office, maker, "data:read", "analytics:read")
    working, writing = await key_of(office, maker, "tasks:work"), await key_of(office, maker, "data:read", "data:write")

    async def standing() -> list[str]:
        listed = (await office.call("GET", KEYS, params={"created_by": maker.id})).json()["data"]
        return sorted(key["id"] for key in listed if key["status"] == "active")

    for change, left in (
        ({"name": "Bo"}, [reading, working, writing]),
        ({"role": "manager"}, [reading, working, writing]),
        ({"role": "analyst", "permissions": ["data:write"]}, [reading, writing]),
        ({"permissions": []}, [reading]),
        ({"role": "rep", "permissions": ["data:read", "analytics:read"]}, []),  # of the own branches only
        ({"role": "admin"}, []),
    ):
        assert (await office.call("PUT", f"/api/users/{maker.id}", json=change)).status_code == 200
        assert await standing() == sorted(key["id"] for key in left), change
    [first, *_] = [entry for entry in await written(office, "member.changed") if "api_keys_revoked" in entry[2]]
    assert first[2]["api_keys_revoked"] == [{"id": working["id"], "name": "import"}]
    assert first[2]["role"] == {"before": "manager", "after": "analyst"}


async def test_a_demoted_members_key_is_out_at_once(office: Office):
    maker = await office.hire("admin")
    key = await key_of(office, maker, "tenant:admin")
    assert await reads(office, key) == 200
    await office.call("PUT", f"/api/users/{maker.id}", json={"role": "manager"})
    assert await reads(office, key) == 401


@pytest.mark.parametrize(
    ("role", "scopes"),
    [("rep", ["analytics:read"]), ("rep", ["tenant:admin"]), ("analyst", ["data:read", "tasks:work"])],
)
async def test_who_is_held_to_branches_makes_no_key_that_is_held_to_none(office: Office, role: Any, scopes: list[str]):
    maker = await office.hire(role, permissions=["tenant:admin", "analytics:read"], branch_codes=["D07"])
    refused = await office.call("POST", KEYS, maker, json={"name": "import", "scopes": scopes})
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:branchwise:problem:more-than-own")
    assert (await office.call("GET", KEYS)).json()["total"] == 0


async def test_an_admin_sees_whose_key_it_is_before_removing_them(office: Office):
    maker = await office.hire("admin")
    key, _ = await key_of(office, maker, "data:read"), await key_of(office, office.admin, "data:read")
    theirs = (await office.call("GET", KEYS, params={"created_by": maker.id})).json()
    assert theirs["total"] == 1
    [shown] = theirs["data"]
    assert (shown["id"], shown["created_by"], shown["created_by_email"]) == (key["id"], maker.id, maker.email)
    assert (await office.call("GET", KEYS)).json()["total"] == 2
    await office.call("DELETE", f"/api/users/{maker.id}")
    [left] = (await office.call("GET", KEYS, params={"created_by": maker.id})).json()["data"]
    assert (left["status"], left["created_by"], left["created_by_email"]) == ("revoked", maker.id, None)
