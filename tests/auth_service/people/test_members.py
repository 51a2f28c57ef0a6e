import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.auth_service.people.conftest import Office

NEW = {"email": "Ada@Example.com ", "role": "rep", "name": "Ada", "branch_codes": [" D07 ", "D07", "D08"]}


async def test_an_added_person_is_invited_and_no_member_until_they_say_yes(office: Office):
    answer = await office.call("POST", "/api/users", json=NEW)
    assert answer.status_code == 201, answer.text
    ada = answer.json()
    assert (ada["email"], ada["name"], ada["role"], ada["status"]) == ("ada@example.com", "Ada", "rep", "invited")
    assert ada["branch_codes"] == ["D07", "D08"]
    assert (ada["avatar_url"], ada["last_login_at"], ada["team_id"], ada["permissions"]) == (None, None, None, [])
    assert await office.member(ada["id"]) == ada
    assert await office.rows.fetchval("select joined_at from auth.membership where account_id = $1", ada["id"]) is None
    invited = (await office.call("GET", "/auth/invitations")).json()["data"]
    assert [(row["email"], row["status"]) for row in invited] == [("ada@example.com", "pending")]


async def test_the_list_pages_through_everybody_in_order(office: Office):
    people = [office.admin, *[await office.hire("rep") for _ in range(3)]]
    first = (await office.call("GET", "/api/users", params={"limit": 3})).json()
    second = (await office.call("GET", "/api/users", params={"limit": 3, "page": 2})).json()
    assert (first["total"], first["has_more"], second["has_more"]) == (4, True, False)
    assert [row["id"] for row in first["data"] + second["data"]] == [person.id for person in people]


async def test_an_email_that_has_an_account_elsewhere_is_answered_like_any_other(office: Office, elsewhere: Office):
    known = await elsewhere.hire("analyst")
    await office.rows.execute(
        "update auth.account set name = 'Known', avatar_url = '/auth/avatars/x', last_login_at = now()"
        " where account_id = $1",
        known.id,
    )
    answers: list[dict[str, Any]] = []
    for email in (known.email, "nobody-so-far@example.com"):
        body = {"email": email, "role": "rep"}
        added = await office.call("POST", "/api/users", json=body)
        again = await office.call("POST", "/api/users", json=body)
        listed = await office.call("GET", f"/api/users/{added.json()['id']}")
        invited = await office.call("POST", "/auth/invitations", json=body)
        answers.append(
            {
                "added": _alike(added.json()),
                "again": _alike(again.json()),
                "listed": _alike(listed.json()),
                "invited": _alike(invited.json()),
                "headers": [sorted(answer.headers.keys()) for answer in (added, again, listed, invited)],
                "statuses": [answer.status_code for answer in (added, again, listed, invited)],
            }
        )
    assert answers[0] == answers[1]
    assert answers[0]["statuses"] == [201, 409, 200, 201]


def _alike(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what differs between any two people."""
    differs = ("id", "email", "created_at", "expires_at", "request_id")
    return {name: len(value) if name in differs and name != "email" else value for name, value in answer.items()} | {
        "email": ""
    }


async def test_a_stranger_cannot_be_pushed_into_a_tenant(office: Office, elsewhere: Office):
    victim = await elsewhere.hire("analyst")
    answer = await office.call("POST", "/api/users", json={"email": victim.email, "role": "admin"})
    assert answer.status_code == 201
    alone = {"Authorization": victim.headers["Authorization"]}
    listed = await office.api.get("/api/users", headers=alone)
    assert listed.status_code == 200, "calls without a tenant header still have one tenant"
    assert {row["email"] for row in listed.json()["data"]} == {elsewhere.admin.email, victim.email}
    refused = await office.api.get("/api/users", headers=alone | {"X-Tenant-Id": str(office.id)})
    assert refused.status_code == 403


async def test_a_change_touches_what_it_names_and_holds_at_once(office: Office):
    rep = await office.hire("rep", branch_codes=["D07"])
    assert (await office.call("GET", "/api/users", rep)).status_code == 403
    changed = await office.call("PUT", f"/api/users/{rep.id}", json={"role": "analyst"})
    assert (changed.status_code, changed.json()["role"], changed.json()["branch_codes"]) == (200, "analyst", ["D07"])
    assert (await office.call("GET", "/api/users", rep)).status_code == 200
    again = await office.call("PUT", f"/api/users/{rep.id}", json={"permissions": ["email:send", "email:send"]})
    assert (again.json()["role"], again.json()["permissions"]) == ("analyst", ["email:send"])
    emptied = await office.call("PUT", f"/api/users/{rep.id}", json={"permissions": [], "branch_codes": []})
    assert (emptied.json()["permissions"], emptied.json()["branch_codes"]) == ([], [])
    assert (await office.call("PUT", f"/api/users/{rep.id}", json={})).json() == emptied.json()


async def test_who_is_invited_can_be_changed_and_removed(office: Office):
    invited = await office.invite(role="rep")
    member = (await office.call("GET", "/api/users")).json()["data"][-1]
    changed = await office.call("PUT", f"/api/users/{member['id']}", json={"role": "analyst", "name": "Bo"})
    assert (changed.json()["role"], changed.json()["status"]) == ("analyst", "invited")
    token = await office.token_in_mail(1)
    assert (await office.call("DELETE", f"/api/users/{member['id']}")).status_code == 204
    assert (await office.call("GET", "/auth/invitations")).json()["total"] == 0
    assert (await office.accept(token)).status_code == 400, invited


async def test_a_removed_member_is_out_at_once_and_owns_no_team(office: Office):
    manager = await office.hire("manager")
    body = {"name": "North", "owner_id": manager.id, "member_ids": [manager.id]}
    team = (await office.call("POST", "/api/teams", json=body)).json()
    assert (await office.call("GET", "/api/users", manager)).status_code == 200
    assert (await office.call("DELETE", f"/api/users/{manager.id}")).status_code == 204
    assert (await office.call("GET", "/api/users", manager)).status_code == 403
    left = (await office.call("GET", f"/api/teams/{team['id']}")).json()
    assert (left["owner_id"], left["member_ids"]) == (None, [])
    assert (await office.call("DELETE", f"/api/users/{manager.id}")).status_code == 404


@pytest.mark.parametrize("change", [None, {"role": "manager"}])
async def test_the_last_admin_can_be_neither_removed_nor_demoted(office: Office, change: dict[str, str] | None):
    await office.invite(role="admin")  # who has not joined runs nothing
    method, path = ("PUT" if change else "DELETE"), f"/api/users/{office.admin.id}"
    answer = await office.call(method, path, json=change)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:branchwise:problem:last-admin")
    second = await office.hire("admin")
    await office.rows.execute("update auth.account set disabled_at = now() where account_id = $1", second.id)
    assert (await office.call(method, path, json=change)).status_code == 409, "who is shut out runs nothing either"
    await office.rows.execute("update auth.account set disabled_at = null where account_id = $1", second.id)
    assert (await office.call(method, path, json=change)).status_code in (200, 204)


async def test_of_two_admins_who_remove_each_other_at_once_one_stays(office: Office):
    for _ in range(5):
        other = await office.hire("admin")
        answers = await asyncio.gather(
            office.call("DELETE", f"/api/users/{other.id}"),
            office.call("DELETE", f"/api/users/{office.admin.id}", other),
        )
        assert sorted(answer.status_code for answer in answers) in ([204, 403], [204, 409]), answers
        left = await office.rows.fetch(
            "select account_id from auth.membership where tenant_id = $1 and role = 'admin'", office.id
        )
        assert len(left) == 1
        if str(left[0]["account_id"]) == other.id:
            office.admin = other


async def test_of_two_admins_who_demote_themselves_at_once_one_stays(office: Office):
    other = await office.hire("admin")
    answers = await asyncio.gather(
        office.call("PUT", f"/api/users/{other.id}", other, json={"role": "rep"}),
        office.call("PUT", f"/api/users/{office.admin.id}", json={"role": "rep"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_everybody_may_leave(office: Office):
    rep = await office.hire("rep")
    assert (await office.call("DELETE", f"/api/users/{rep.id}", rep)).status_code == 204
    assert (await office.call("GET", f"/api/users/{rep.id}")).status_code == 404


async def test_a_member_of_another_tenant_is_as_unknown_as_nobody(office: Office, elsewhere: Office):
    stranger = await elsewhere.hire("rep")
    for method, body in (("GET", None), ("PUT", {"role": "admin"}), ("DELETE", None)):
        theirs = await office.call(method, f"/api/users/{stranger.id}", json=body)
        nobody = await office.call(method, f"/api/users/{uuid4()}", json=body)
        assert theirs.status_code == nobody.status_code == 404
        without = {"instance": "", "request_id": ""}
        assert theirs.json() | without == nobody.json() | without
    assert (await elsewhere.member(stranger.id))["role"] == "rep"


@pytest.mark.parametrize(
    "more", [{"tenant_id": str(uuid4())}, {"id": str(uuid4())}, {"joined_at": "2026-01-01T00:00:00Z"}, {"plan": "free"}]
)
async def test_nothing_else_of_a_member_can_be_set(office: Office, more: dict[str, str]):
    rep = await office.hire("rep")
    assert (await office.call("POST", "/api/users", json=NEW | more)).status_code == 422
    assert (await office.call("POST", "/auth/invitations", json=NEW | more)).status_code == 422
    assert (await office.call("PUT", f"/api/users/{rep.id}", json=more)).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "nobody"},
        {"email": "a@b\r\nBcc: c@d"},
        {"email": "İ" * 250 + "@b.c"},
        {"role": "owner"},
        {"role": None},
        {"permissions": ["everything"]},
        {"branch_codes": [""]},
        {"branch_codes": ["a\x00"]},
        {"branch_codes": ["x" * 201]},
        {"branch_codes": [str(number) for number in range(1001)]},
        {"name": "x" * 201},
        {"name": "a\x00b"},
        {"team_id": str(uuid4())},
    ],
)
async def test_what_makes_no_sense_is_refused(office: Office, wrong: dict[str, Any]):
    answer = await office.call("POST", "/api/users", json=NEW | wrong)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]
    assert (await office.call("GET", "/api/users")).json()["total"] == 1


async def test_every_change_is_audited_with_who_and_what(office: Office):
    invited = await office.invite("ada@example.com", role="rep")
    member = (await office.call("GET", "/api/users")).json()["data"][-1]
    await office.call("PUT", f"/api/users/{member['id']}", json={"role": "analyst"})
    await office.call("DELETE", f"/api/users/{member['id']}")
    written = await office.rows.fetch(
        "select payload->>'action' as action, payload->>'actor' as actor, payload->>'target' as target,"
        " payload->'detail' as detail from auth.outbox"
        " where tenant_id = $1 and payload->>'action' like 'member.%' order by occurred_at",
        office.id,
    )
    assert [row["action"] for row in written] == ["member.invited", "member.changed", "member.removed"]
    assert {row["actor"] for row in written} == {office.admin.email}
    assert {row["target"] for row in written} == {invited["email"]}
    assert written[1]["detail"] == '{"role": {"after": "analyst", "before": "rep"}}'
