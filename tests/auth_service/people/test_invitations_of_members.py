"""Invitations end with what their makers may do: nobody comes back by one, or sends in whom they may not any more."""

import asyncio
from typing import Any

import pytest

from common.http.context import ServiceContext
from common.jobs import enqueue
from services.auth_service.domain.account_mail_kinds import MAIL_INVITATION
from tests.auth_service.people.conftest import Office, Someone

SECOND_BOX = "second-box@example.com"
REFUSED = (400, "urn:branchwise:problem:invitation-refused")


async def invited_by(office: Office, maker: Someone, email: str = SECOND_BOX, **body: Any) -> dict[str, Any]:
    made = await office.call("POST", "/auth/invitations", maker, json={"email": email, "role": "admin", **body})
    assert made.status_code == 201, made.text
    return made.json()


async def pending(office: Office) -> list[str]:
    listed = (await office.call("GET", "/auth/invitations")).json()["data"]
    return sorted(row["email"] for row in listed if row["status"] == "pending")


async def said_of(office: Office, action: str) -> list[Any]:
    return [
        row["ended"]
        for row in await office.rows.fetch(
            "select payload->'detail'->'invitations_ended'->0->>'email' as ended from auth.outbox"
            " where tenant_id = $1 and payload->>'action' = $2 order by occurred_at",
            office.id,
            action,
        )
    ]


@pytest.mark.parametrize("how", ["removed", "left", "demoted", "without people"])
async def test_who_may_not_invite_any_more_does_not_come_back_by_a_second_mailbox(office: Office, how: str):
    maker = await office.hire("admin")
    if how == "without people":
        change = {"role": "manager", "permissions": ["people:admin"]}
        assert (await office.call("PUT", f"/api/users/{maker.id}", json=change)).status_code == 200
    await invited_by(office, maker, role="manager" if how == "without people" else "admin")
    token = await office.token_in_mail(1)
    assert await pending(office) == [SECOND_BOX]

    path = f"/api/users/{maker.id}"
    if how in ("removed", "left"):
        answer = await office.call("DELETE", path, maker if how == "left" else None)
    else:
        answer = await office.call("PUT", path, json={"role": "rep"} if how == "demoted" else {"permissions": []})

    assert answer.status_code in (200, 204), answer.text
    assert await pending(office) == []
    refused = await office.accept(token)
    assert (refused.status_code, refused.json()["type"]) == REFUSED
    action = "member.removed" if how in ("removed", "left") else "member.changed"
    assert (await said_of(office, action))[-1] == SECOND_BOX


@pytest.mark.parametrize(
    "lost",
    [
        "delete from auth.membership where account_id = $1",
        "update auth.membership set joined_at = null where account_id = $1",
        "update auth.membership set role = 'manager' where account_id = $1",
        "update auth.account set disabled_at = now() where account_id = $1",
    ],
)
async def test_the_yes_is_judged_by_what_the_inviter_may_do_at_that_moment(
    office: Office, context: ServiceContext, lost: str
):
    maker = await office.hire("admin")
    invitation = await invited_by(office, maker)
    token = await office.token_in_mail(1)
    page = ("/auth/invitations/accept", {"token": token})
    assert "You are invited to" in (await office.api.get(page[0], params=page[1])).text

    await office.rows.execute(lost, maker.id)

    assert "You are invited to" not in (await office.api.get(page[0], params=page[1])).text
    refused = await office.accept(token)
    assert (refused.status_code, refused.json()["type"]) == REFUSED
    # Nor is it mailed again.
    async with context.db.tenant(office.id) as conn:
        params = {"invitation_id": invitation["id"]}
        job = await enqueue(conn, "auth", office.id, MAIL_INVITATION, params, None)
    async with asyncio.timeout(20):
        status = "select status from auth.job where job_id = $1"
        while await office.rows.fetchval(status, job["job_id"]) != "completed":
            await asyncio.sleep(0.02)
    assert len(await office.smtp.wait_for(1)) == 1


async def test_a_demoted_member_keeps_the_invitations_that_they_could_still_make(office: Office):
    maker = await office.hire("admin")
    for email, role in (("ada@example.com", "admin"), ("bo@example.com", "manager"), ("cy@example.com", "rep")):
        await invited_by(office, maker, email, role=role)
    people = ["people:admin"]
    for change, left in (
        ({"name": "Di"}, ["ada@example.com", "bo@example.com", "cy@example.com"]),
        ({"role": "manager", "permissions": people}, ["bo@example.com", "cy@example.com"]),
        ({"role": "analyst", "permissions": people}, ["cy@example.com"]),
        ({"role": "admin"}, ["cy@example.com"]),
        ({"role": "manager", "permissions": []}, []),
    ):
        assert (await office.call("PUT", f"/api/users/{maker.id}", json=change)).status_code == 200
        assert await pending(office) == left, change
    ended = [None, "ada@example.com", "bo@example.com", None, "cy@example.com"]
    assert await said_of(office, "member.changed") == ended


async def test_who_was_invited_again_by_somebody_else_joins_at_their_word(office: Office):
    maker = await office.hire("admin")
    await invited_by(office, maker, role="rep")
    await office.token_in_mail(1)
    await office.invite(SECOND_BOX, role="analyst")
    token = await office.token_in_mail(2)
    await office.call("DELETE", f"/api/users/{maker.id}")
    assert await said_of(office, "member.removed") == [None]
    assert (await office.accept(token)).status_code == 200


async def test_who_raises_somebody_invited_answers_for_them_from_then_on(office: Office):
    maker = await office.hire("manager", permissions=["people:admin"])
    await invited_by(office, maker, role="rep")
    token = await office.token_in_mail(1)
    [asked] = [row for row in (await office.call("GET", "/api/users")).json()["data"] if row["email"] == SECOND_BOX]
    assert (await office.call("PUT", f"/api/users/{asked['id']}", json={"role": "admin"})).status_code == 200
    assert (await office.call("DELETE", f"/api/users/{maker.id}")).status_code == 204
    joined = (await office.accept(token)).json()
    assert [row["role"] for row in joined["tokens"]["tenants"]] == ["admin"]
