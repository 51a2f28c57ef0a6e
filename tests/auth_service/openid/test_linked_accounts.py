"""Whose account somebody gets whom a provider vouches for."""

import asyncio
import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from common.http.app import create_app
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from services.auth_service import SPEC
from services.auth_service.domain.passwords import hash_of
from tests.auth_service.openid.browser import Browser
from tests.auth_service.openid.lying_provider import LyingProvider
from tests.auth_service.openid.signing_in import fetch, sign_in

DANA = "dana@example.com"
PASSWORD = "correct horse battery"


async def _add_account(database: MigratedDatabase, *, proved: bool, password: str = PASSWORD) -> UUID:
    rows = await fetch(
        database.superuser_dsn,
        "insert into auth.account (email, email_verified_at) values ($1, case when $2 then now() end)"
        " returning account_id",
        DANA,
        proved,
    )
    statement = "insert into auth.credential (account_id, password_hash) values ($1, $2)"
    await fetch(database.superuser_dsn, statement, rows[0]["account_id"], await hash_of(password))
    return rows[0]["account_id"]


async def _password_login(auth: httpx.AsyncClient) -> httpx.Response:
    return await auth.post("/auth/password/login", json={"email": DANA, "password": PASSWORD})


async def _audited(database: MigratedDatabase, action: str) -> list[dict[str, Any]]:
    rows = await fetch(
        database.superuser_dsn,
        "select payload::text from auth.outbox where payload::text like '%' || $1 || '%'",
        f'"{action}"',
    )
    found = [json.loads(row["payload"]) for row in rows]
    return [entry.get("data", entry) for entry in found]


async def test_a_person_is_known_by_their_identity_whatever_their_email_becomes(browser: Browser, liar: LyingProvider):
    first = (await sign_in(browser, liar)).json()["user"]
    liar.person = {"email": "dana@another.example", "email_verified": False}
    assert (await sign_in(browser, liar)).json()["user"]["id"] == first["id"]


async def test_another_subject_with_the_same_unverified_email_is_nobody(browser: Browser, liar: LyingProvider):
    assert (await sign_in(browser, liar)).status_code == 200
    liar.subject, liar.person = "a stranger", {"email": DANA, "email_verified": False}
    assert (await sign_in(browser, liar)).status_code == 403


UNVERIFIED: list[dict[str, Any]] = [
    {"email_verified": False},
    {"email_verified": "true"},
    {"email_verified": "false"},
    {"email_verified": 1},
    {"email_verified": [True]},
    {"email_verified": None},
    {"email": None},
    {"email": ""},
    {"email": ["dana@example.com"]},
    {"email": "no address"},
    {"email": "dana@exa mple.com"},
    {"email": "dana@example.com\x00"},
    {"email": "dana@\ud800.com"},
    {"email": f"{'d' * 250}@example.com"},
]


async def test_an_email_that_is_not_plainly_verified_gets_nobody_in(
    browser: Browser, liar: LyingProvider, database: MigratedDatabase
):
    await _add_account(database, proved=True)
    answers: list[httpx.Response] = []
    for claims in UNVERIFIED:
        liar.claims = claims
        answers.append(await sign_in(browser, liar))
    said = [(answer.status_code, answer.json()["type"]) for answer in answers]
    refused = (403, "urn:branchwise:problem:email-not-vouched-for")
    assert [claims for claims, problem in zip(UNVERIFIED, said, strict=True) if problem != refused] == []
    assert await fetch(database.superuser_dsn, "select from auth.identity union all select from auth.session") == []


async def test_a_verified_email_leads_to_the_account_that_has_it_in_any_spelling(
    browser: Browser, liar: LyingProvider, database: MigratedDatabase
):
    account_id = await _add_account(database, proved=True)
    liar.person["email"] = " Dana@EXAMPLE.com"
    assert (await sign_in(browser, liar)).json()["user"]["id"] == str(account_id)
    assert len(await fetch(database.superuser_dsn, "select from auth.account")) == 1


async def test_the_password_of_a_proved_address_stays(
    browser: Browser, liar: LyingProvider, auth: httpx.AsyncClient, database: MigratedDatabase
):
    await _add_account(database, proved=True)
    token = (await _password_login(auth)).json()["access_token"]
    assert (await sign_in(browser, liar)).status_code == 200
    assert (await _password_login(auth)).status_code == 200
    assert (await auth.get("/auth/me", headers={"Authorization": f"Bearer {token}"})).status_code == 200


async def test_the_password_that_the_operator_set_stays(
    browser: Browser, liar: LyingProvider, auth: httpx.AsyncClient, operator: dict[str, str]
):
    owner = {"owner_email": DANA, "owner_password": PASSWORD}
    body = {"name": "Somewhere Supply", "time_zone": "UTC", "currency": "EUR", **owner}
    assert (await auth.post("/auth/operator/tenants", json=body, headers=operator)).status_code == 201
    assert (await sign_in(browser, liar)).status_code == 200
    assert (await _password_login(auth)).status_code == 200


async def test_who_took_an_address_before_its_owner_came_is_shut_out(
    browser: Browser, liar: LyingProvider, auth: httpx.AsyncClient, database: MigratedDatabase
):
    account_id = await _add_account(database, proved=False)
    intruder = (await _password_login(auth)).json()
    await fetch(
        database.superuser_dsn,
        "insert into auth.mailed_link"
        " (token_hash, account_id, account_email, purpose, email, mailbox, expires_at, job_id)"
        " values ('\\x00', $1, 'a@b', 'verify-email', 'c@d', 'c@d', now() + interval '1 day', gen_random_uuid())",
        account_id,
    )
    assert (await sign_in(browser, liar)).json()["user"]["id"] == str(account_id)
    assert (await _password_login(auth)).status_code == 401
    bearer = {"Authorization": f"Bearer {intruder['access_token']}"}
    assert (await auth.get("/auth/me", headers=bearer)).status_code == 401
    renewal = await auth.post("/auth/refresh", json={"refresh_token": intruder["refresh_token"]})
    assert renewal.status_code == 401
    assert await fetch(database.superuser_dsn, "select from auth.mailed_link") == []
    rows = await fetch(database.superuser_dsn, "select email_verified_at is not null as proved from auth.account")
    assert [row["proved"] for row in rows] == [True]


async def test_ten_first_sign_ins_at_once_make_one_account(
    browser: Browser, liar: LyingProvider, database: MigratedDatabase
):
    begun = [await browser.begin() for _ in range(10)]
    codes = [liar.code_for(each["login_url"]) for each in begun]
    answers = await asyncio.gather(*(browser.end(code, each["state"]) for code, each in zip(codes, begun, strict=True)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["user"]["id"] for answer in answers}) == 1
    assert len(await fetch(database.superuser_dsn, "select from auth.account")) == 1
    assert len(await fetch(database.superuser_dsn, "select from auth.identity")) == 1


async def test_ten_first_sign_ins_at_once_link_one_account(
    browser: Browser, liar: LyingProvider, database: MigratedDatabase
):
    account_id = await _add_account(database, proved=False)
    begun = [await browser.begin() for _ in range(10)]
    codes = [liar.code_for(each["login_url"]) for each in begun]
    answers = await asyncio.gather(*(browser.end(code, each["state"]) for code, each in zip(codes, begun, strict=True)))
    assert {answer.json()["user"]["id"] for answer in answers} == {str(account_id)}
    rows = await fetch(database.superuser_dsn, "select from auth.session where revoked_at is null")
    assert len(rows) == 10
    assert len(await _audited(database, "identity.linked")) == 1


async def test_an_account_that_is_shut_out_stays_out(browser: Browser, liar: LyingProvider, database: MigratedDatabase):
    assert (await sign_in(browser, liar)).status_code == 200
    await fetch(database.superuser_dsn, "update auth.account set disabled_at = now()")
    assert (await sign_in(browser, liar)).status_code == 403


async def test_a_name_is_taken_without_what_cannot_be_shown(browser: Browser, liar: LyingProvider):
    liar.person["name"] = "Dana\x00\u202e\n  of\ud800 Ohio" + "x" * 300
    name = (await sign_in(browser, liar)).json()["user"]["name"]
    assert name.startswith("Dana of Ohiox")
    assert len(name) == 200


async def test_refusals_and_links_stand_in_the_audit_log(
    browser: Browser, liar: LyingProvider, database: MigratedDatabase
):
    liar.claims = {"email_verified": False}
    await sign_in(browser, liar)
    liar.claims = {}
    await sign_in(browser, liar)
    assert [entry["target"] for entry in await _audited(database, "account.created")] == [DANA]
    async with asyncio.timeout(20):
        while not (refusals := [e for e in await _audited(database, "sign-in.oidc") if e["outcome"] == "refused"]):
            await asyncio.sleep(0.05)
    assert [entry["detail"] for entry in refusals] == [{"because": "email-not-vouched-for"}]


class TestByInvitation:
    @pytest.fixture
    def app(self, settings: Settings) -> FastAPI:
        return create_app(SPEC, settings.model_copy(update={"oauth_sign_up": "invited"}))

    async def test_nobody_makes_an_account_by_themselves(
        self, browser: Browser, liar: LyingProvider, database: MigratedDatabase
    ):
        answer = await sign_in(browser, liar)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:branchwise:problem:sign-up-by-invitation")
        assert await fetch(database.superuser_dsn, "select from auth.account") == []

    async def test_who_was_invited_gets_in(self, browser: Browser, liar: LyingProvider, database: MigratedDatabase):
        invited = "insert into auth.account (email) values ($1) returning account_id"
        rows = await fetch(database.superuser_dsn, invited, DANA)
        assert (await sign_in(browser, liar)).json()["user"]["id"] == str(rows[0]["account_id"])
