"""Until somebody says yes, a tenant knows the address that it typed and no other."""

from typing import Any

import pytest

from services.auth_service.domain.invitation_limits import OF_PERSON
from tests.auth_service.people.conftest import Office, Someone

NEW, NOBODY = "moved-here@example.com", "nobody-so-far@example.com"


async def moved(office: Office, elsewhere: Office, **asked: Any) -> Someone:
    """Somebody of another tenant, invited by an address that they have left since."""
    person = await elsewhere.hire("rep")
    await office.invite(person.email, **asked)
    await office.smtp.wait_for(1)
    await office.rows.execute("update auth.account set email = $2 where account_id = $1", person.id, NEW)
    return person


async def member_of(office: Office, email: str) -> dict[str, Any]:
    [found] = [row for row in (await office.call("GET", "/api/users")).json()["data"] if row["email"] == email]
    return found


def alike(answer: Any) -> Any:
    """An answer without what differs between any two people."""
    differs = ("id", "email", "created_at", "expires_at", "request_id")
    if isinstance(answer, dict):
        return {name: "" if name in differs else value for name, value in answer.items()}
    return answer


async def test_the_new_address_of_who_was_invited_by_the_old_one_is_answered_like_any_other(
    office: Office, elsewhere: Office
):
    person = await moved(office, elsewhere, role="rep", name="Bo")
    before = await member_of(office, person.email)
    seen: list[Any] = []
    for email in (NEW, NOBODY):
        body = {"email": email, "role": "analyst"}
        answers = [
            await office.call("POST", "/api/users", json=body),
            await office.call("POST", "/api/users", json=body),
            await office.call("POST", "/auth/invitations", json=body),
        ]
        member = await member_of(office, email)
        assert member["id"] not in (before["id"], person.id)
        assert [answer.json()["email"] for answer in (answers[0], answers[2])] == [email, email]
        answers.append(await office.call("PUT", f"/api/users/{member['id']}", json={"name": "Cy"}))
        seen.append([(answer.status_code, alike(answer.json())) for answer in answers])
    assert seen[0] == seen[1]
    assert [status for status, _ in seen[0]] == [201, 409, 201, 200]
    assert await member_of(office, person.email) == before
    for email in (NEW, NOBODY):
        assert (await office.call("DELETE", f"/api/users/{(await member_of(office, email))['id']}")).status_code == 204


async def test_at_their_new_address_they_say_yes_and_are_one_member(office: Office, elsewhere: Office):
    person = await moved(office, elsewhere, role="manager")
    team = (await office.call("POST", "/api/teams", json={"name": "North"})).json()["id"]
    invitation = await office.invite(NEW, role="analyst", team_id=team, branch_codes=["D07"])
    mails = await office.smtp.wait_for(2)
    assert mails[1].recipients == [NEW]
    shown = await office.api.get("/auth/invitations/accept", params={"token": await office.token_in_mail(2)})
    assert NEW in shown.text
    stand_in = (await member_of(office, NEW))["id"]
    await office.call("PUT", f"/api/teams/{team}", json={"owner_id": stand_in})

    answer = await office.accept(await office.token_in_mail(2))

    assert (answer.status_code, answer.json()["email"]) == (200, NEW)
    listed = (await office.call("GET", "/api/users")).json()["data"]
    [joined] = [row for row in listed if row["id"] != office.admin.id]
    expected = (person.id, NEW, "active", "analyst", team, ["D07"])
    names = ("id", "email", "status", "role", "team_id", "branch_codes")
    assert tuple(joined[name] for name in names) == expected
    owned = (await office.call("GET", f"/api/teams/{team}")).json()
    assert (owned["owner_id"], owned["member_ids"]) == (person.id, [person.id])
    invited = (await office.call("GET", "/auth/invitations")).json()["data"]
    assert [(row["id"], row["status"]) for row in invited] == [(invitation["id"], "accepted")]
    me = (await office.api.get("/auth/me", headers=person.headers)).json()
    assert {row["id"]: row["role"] for row in me["tenants"]} == {str(office.id): "analyst", str(elsewhere.id): "rep"}
    assert (await office.accept(await office.token_in_mail(1))).status_code == 400, "the link to the old address"


async def test_who_has_joined_at_one_address_does_not_join_again_at_another(office: Office, elsewhere: Office):
    person = await moved(office, elsewhere, role="manager")
    await office.invite(NEW, role="admin")
    token = await office.token_in_mail(2)
    await office.rows.execute("update auth.account set email = $2 where account_id = $1", person.id, person.email)
    assert (await office.accept(await office.token_in_mail(1))).status_code == 200
    await office.rows.execute("update auth.account set email = $2 where account_id = $1", person.id, NEW)
    assert (await office.accept(token)).status_code == 400
    assert (await office.member(person.id))["role"] == "manager"


async def test_the_new_address_of_who_joined_by_a_link_is_answered_like_any_other(office: Office, elsewhere: Office):
    person = await elsewhere.hire("rep")
    before = "update auth.account set last_login_at = now() - interval '1 day' where account_id = $1"
    await office.rows.execute(before, person.id)
    await office.invite(person.email)
    assert (await office.accept(await office.token_in_mail(1))).status_code == 200
    await office.rows.execute("update auth.account set email = $2 where account_id = $1", person.id, NEW)
    assert (await office.member(person.id))["email"] == person.email, "they have not signed in since"

    seen: list[Any] = []
    for email in (NEW, NOBODY):
        body = {"email": email, "role": "analyst"}
        answers = [await office.call("POST", path, json=body) for path in ("/auth/invitations", "/api/users")]
        seen.append([(answer.status_code, alike(answer.json())) for answer in answers])
    assert seen[0] == seen[1]
    assert [status for status, _ in seen[0]] == [201, 409]
    mails = await office.smtp.wait_for(3)
    links = [number for number, mail in enumerate(mails, 1) if mail.recipients == [NEW]]
    assert (await office.accept(await office.token_in_mail(links[0]))).status_code == 400, "they have joined already"
    member = await office.member(person.id)
    assert (member["role"], member["status"], member["email"]) == ("rep", "active", person.email)


async def test_the_mailbox_that_was_invited_answers_whoever_has_it_by_then(office: Office, elsewhere: Office):
    person, heir = await moved(office, elsewhere), await elsewhere.hire("rep")
    await office.rows.execute("update auth.account set email = $2 where account_id = $1", heir.id, person.email)
    assert (await office.accept(await office.token_in_mail(1))).json()["email"] == person.email
    joined = {row["id"] for row in (await office.call("GET", "/api/users")).json()["data"]}
    assert joined == {office.admin.id, heir.id}


async def test_one_person_sends_so_many_invitations_whichever_tenant_they_act_in(
    office: Office, elsewhere: Office, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(OF_PERSON, "amount", 2)
    await office.rows.execute(
        "insert into auth.membership (tenant_id, account_id, role, joined_at) values ($1, $2, 'admin', now())",
        elsewhere.id,
        office.admin.id,
    )
    there = Someone(office.admin.id, office.admin.email, office.admin.headers | {"X-Tenant-Id": str(elsewhere.id)})
    statuses = [
        (
            await office.call("POST", "/auth/invitations", who, json={"email": f"{n}@example.com", "role": "rep"})
        ).status_code
        for n, who in enumerate((office.admin, there, there, office.admin, elsewhere.admin))
    ]
    assert statuses == [201, 201, 429, 429, 201]
