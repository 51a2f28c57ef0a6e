import asyncio
from typing import Any

import pytest

from services.auth_service.domain.invitation_limits import OF_TENANT_TO_ONE, TO_MAILBOX
from tests.auth_service.people.conftest import Office

PASSWORD = "lantern gravel otter seven"
REFUSED = (400, "urn:branchwise:problem:invitation-refused")


async def test_the_mail_says_who_invites_to_what_and_until_when(office: Office):
    await office.rows.execute("update auth.account set name = 'Grace' where account_id = $1", office.admin.id)
    await office.invite("ada@example.com", role="analyst")
    mail = (await office.smtp.wait_for(1))[0]
    assert mail.recipients == ["ada@example.com"]
    text = mail.message.get_body(("plain",))
    assert text is not None
    said = text.get_content()
    for word in ("Grace", "Somewhere Supply", "an analyst", "7 days"):
        assert word in said, word


async def test_who_is_new_joins_with_a_password_and_is_signed_in(office: Office):
    await office.invite("ada@example.com", role="analyst", name="")
    answer = await office.accept(await office.token_in_mail(1), name=" Ada ", password=PASSWORD)
    assert answer.status_code == 200, answer.text
    joined = answer.json()
    assert (joined["tenant_id"], joined["email"]) == (str(office.id), "ada@example.com")
    assert joined["tokens"]["refresh_token"]
    headers = {"Authorization": f"Bearer {joined['tokens']['access_token']}"}
    me = (await office.api.get("/auth/me", headers=headers)).json()
    assert (me["name"], [(row["id"], row["role"]) for row in me["tenants"]]) == ("Ada", [(str(office.id), "analyst")])
    login = {"email": "ada@example.com", "password": PASSWORD}
    assert (await office.api.post("/auth/password/login", json=login)).status_code == 200
    row = await office.rows.fetchrow("select * from auth.account where email = 'ada@example.com'")
    assert row is not None
    assert row["email_verified_at"] is not None
    member = await office.member(me["id"])
    assert (member["status"], member["name"]) == ("active", "Ada")
    assert member["last_login_at"] is not None


async def test_who_is_new_may_join_without_a_password(office: Office):
    await office.invite("ada@example.com")
    joined = (await office.accept(await office.token_in_mail(1))).json()
    assert joined["tokens"]["user"]["email"] == "ada@example.com"


@pytest.mark.parametrize("way", ["password", "provider", "signed in before"])
async def test_a_forwarded_mail_gives_nobody_an_account_that_has_other_tenants(
    office: Office, elsewhere: Office, way: str
):
    owner = await elsewhere.hire("admin")
    statement = {
        "password": "insert into auth.credential (account_id, password_hash) values ($1, '$argon2id$kept')",
        "provider": "insert into auth.identity (issuer, subject, account_id) values ('https://i', 's', $1)",
        "signed in before": "update auth.account set last_login_at = now() - interval '1 day' where account_id = $1",
    }[way]
    await office.rows.execute(statement, owner.id)
    await office.invite(owner.email)
    answer = await office.accept(await office.token_in_mail(1), name="Mallory", password=PASSWORD)
    assert (answer.status_code, answer.json()["tokens"]) == (200, None)
    login = {"email": owner.email, "password": PASSWORD}
    assert (await office.api.post("/auth/password/login", json=login)).status_code == 401
    row = await office.rows.fetchrow("select * from auth.account where account_id = $1", owner.id)
    assert row is not None
    assert (row["name"], row["email_verified_at"]) == ("", None)
    me = (await office.api.get("/auth/me", headers=owner.headers)).json()
    assert {tenant["id"] for tenant in me["tenants"]} == {str(office.id), str(elsewhere.id)}


async def test_what_an_account_says_of_itself_is_seen_once_it_has_signed_in_since(office: Office, elsewhere: Office):
    person = await elsewhere.hire("rep")
    await office.rows.execute(
        "update auth.account set name = 'Own Name', avatar_url = '/auth/avatars/x',"
        " last_login_at = now() - interval '1 day' where account_id = $1",
        person.id,
    )
    seen: list[Any] = []

    async def look() -> None:
        member = await office.member(person.id)
        seen.append((member["status"], member["name"], member["avatar_url"], member["last_login_at"] is not None))

    await office.invite(person.email)
    await look()
    assert (await office.accept(await office.token_in_mail(1))).status_code == 200
    await look()
    await office.rows.execute("update auth.account set last_login_at = now() where account_id = $1", person.id)
    await look()
    hidden = ("", None, False)
    assert seen == [("invited", *hidden), ("active", *hidden), ("active", "Own Name", "/auth/avatars/x", True)]


async def test_of_50_who_follow_one_link_at_once_one_joins(office: Office):
    await office.invite("ada@example.com")
    token = await office.token_in_mail(1)
    answers = await asyncio.gather(*(office.accept(token) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 49
    assert await office.rows.fetchval("select count(*) from auth.session where method = 'invitation'") == 1
    joined = "select count(*) from auth.outbox where payload->>'action' = 'member.joined' and tenant_id = $1"
    assert await office.rows.fetchval(joined, office.id) == 1


@pytest.mark.parametrize("end", ["used", "expired", "replaced", "withdrawn", "shut out", "moved", "never was"])
async def test_a_link_that_does_not_hold_is_refused_and_nobody_is_told_why(office: Office, end: str):
    await office.invite("ada@example.com")
    token = await office.token_in_mail(1)
    ada = await office.rows.fetchval("select account_id from auth.account where email = 'ada@example.com'")
    if end == "used":
        assert (await office.accept(token)).status_code == 200
    elif end == "expired":
        await office.rows.execute("update auth.invitation set expires_at = now()")
    elif end == "replaced":
        await office.invite("ada@example.com")
    elif end == "withdrawn":
        await office.call("DELETE", f"/api/users/{ada}")
    elif end == "shut out":
        await office.rows.execute("update auth.account set disabled_at = now() where account_id = $1", ada)
    elif end == "moved":
        await office.rows.execute("update auth.account set email = 'moved@example.com' where account_id = $1", ada)
    else:
        token = "x" * 43
    answer = await office.accept(token, password=PASSWORD)
    assert (answer.status_code, answer.json()["type"]) == REFUSED
    assert answer.json()["detail"] == answer.json()["title"]


async def test_inviting_again_mails_another_link_to_what_is_said_now(office: Office):
    await office.invite("ada@example.com", role="rep")
    await office.token_in_mail(1)
    await office.invite("Ada@example.com", role="manager")
    assert (await office.accept(await office.token_in_mail(2))).json()["tokens"]["tenants"][0]["role"] == "manager"
    listed = (await office.call("GET", "/auth/invitations")).json()["data"]
    assert sorted(row["status"] for row in listed) == ["accepted", "expired"]


async def test_who_has_joined_is_not_invited_again(office: Office):
    rep = await office.hire("rep")
    answer = await office.call("POST", "/auth/invitations", json={"email": rep.email, "role": "admin"})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:branchwise:problem:already-a-member")
    assert (await office.member(rep.id))["role"] == "rep"


async def test_a_guessable_password_is_refused_and_the_link_still_works(office: Office):
    await office.invite("ada@example.com")
    token = await office.token_in_mail(1)
    for password in ("short", "passwordpassword", "x" * 129):
        assert (await office.accept(token, password=password)).status_code == 422
    assert (await office.accept(token, password=PASSWORD)).status_code == 200


async def test_the_database_keeps_no_token(office: Office):
    await office.invite("ada@example.com")
    token = await office.token_in_mail(1)
    for table in ("invitation", "job", "outbox", "pgqueuer", "audit_entry"):
        assert token not in str(await office.rows.fetch(f"select t::text from auth.{table} t"))


@pytest.mark.parametrize("more", [{"role": "admin"}, {"tenant_id": "x"}, {"account_id": "x"}, {"email": "a@b.c"}])
async def test_accepting_takes_nothing_but_token_name_and_password(office: Office, more: dict[str, str]):
    await office.invite("ada@example.com")
    token = await office.token_in_mail(1)
    assert (await office.accept(token, **more)).status_code == 422
    assert (await office.accept(token)).status_code == 200


async def test_one_person_is_not_mailed_over_and_over(office: Office):
    for _ in range(OF_TENANT_TO_ONE.amount):
        await office.invite("ada@example.com")
    refused = await office.call("POST", "/auth/invitations", json={"email": "ADA@example.com", "role": "rep"})
    assert (refused.status_code, refused.json()["type"]) == (429, "urn:branchwise:problem:too-many-invitations")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    await office.invite("bo@example.com")


async def test_no_mailbox_is_flooded_by_many_tenants_and_none_of_them_is_told(
    office: Office, monkeypatch: pytest.MonkeyPatch, elsewhere: Office
):
    monkeypatch.setattr(TO_MAILBOX, "amount", 1)
    first = await office.invite("ada@example.com")
    await office.smtp.wait_for(1)
    second = await elsewhere.invite("ada@example.com")
    await elsewhere.invite("ada+more@example.com")
    await elsewhere.invite("bo@example.com")
    mails = await office.smtp.wait_for(2)
    assert [mail.recipients for mail in mails] == [["ada@example.com"], ["bo@example.com"]]
    assert first.keys() == second.keys()
    assert first["status"] == second["status"] == "pending"


async def test_an_invited_account_that_moves_to_another_mailbox_tells_the_tenant_nothing(
    office: Office, elsewhere: Office
):
    person = await elsewhere.hire("rep")
    await office.invite(person.email)
    before = (await office.call("GET", "/api/users")).json()
    await office.smtp.wait_for(1)
    await office.rows.execute("update auth.account set email = 'moved@example.com' where account_id = $1", person.id)
    assert (await office.call("GET", "/api/users")).json() == before
    assert (await office.call("POST", "/api/users", json={"email": person.email, "role": "rep"})).status_code == 409
    again = await office.invite(person.email)
    assert again["email"] == person.email
    await office.invite("bo@example.com")
    mails = await office.smtp.wait_for(2)
    assert [mail.recipients for mail in mails] == [[person.email], ["bo@example.com"]]
    assert "moved" not in (await office.call("GET", "/auth/invitations")).text
