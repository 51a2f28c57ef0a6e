"""A forgotten password: the link by mail, what it does, and what no link does."""

import asyncio
import hashlib
from datetime import timedelta

import asyncpg
import httpx
import pytest

from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.smtp import SmtpSink
from services.auth_service.domain import passwords
from tests.auth_service.conftest import OWNER
from tests.auth_service.mailbox import Mailbox, link_of, text_of, with_mail_server

EMAIL = OWNER["owner_email"]
NEW = "a brand new passphrase"
DEAD = "urn:branchwise:problem:link-dead"


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str, smtp_sink: SmtpSink) -> Settings:
    settings = database.settings.model_copy(update={"nats_url": nats_url, "environment": "development"})
    return with_mail_server(settings, smtp_sink)


@pytest.fixture
def mailbox(smtp_sink: SmtpSink) -> Mailbox:
    return Mailbox(smtp_sink)


async def forgot(auth: httpx.AsyncClient, email: str = EMAIL, **more: str) -> httpx.Response:
    answer = await auth.post("/auth/password/forgot", json={"email": email}, headers=more)
    assert answer.status_code == 202, answer.text
    return answer


async def reset(auth: httpx.AsyncClient, token: str, password: str = NEW) -> httpx.Response:
    return await auth.post("/auth/password/reset", json={"token": token, "password": password})


async def login(auth: httpx.AsyncClient, password: str) -> httpx.Response:
    return await auth.post("/auth/password/login", json={"email": EMAIL, "password": password})


def assert_dead(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["type"]) == (410, DEAD)


async def test_a_mailed_link_sets_the_password_and_signs_everybody_out(
    auth: httpx.AsyncClient, owner: dict[str, str], mailbox: Mailbox
):
    await forgot(auth, " OWNER@example.COM ")
    path, token = await mailbox.next_link()
    assert path == "/auth/password/reset"
    assert (await reset(auth, token)).status_code == 204
    assert (await auth.get("/auth/me", headers=owner)).status_code == 401
    assert (await login(auth, OWNER["owner_password"])).status_code == 401
    assert (await login(auth, NEW)).status_code == 200
    told = await mailbox.next()
    assert told["Subject"] == "Your password was changed"
    assert NEW not in text_of(told)


async def test_a_reset_verifies_the_mailbox_and_is_audited_in_each_tenant(
    auth: httpx.AsyncClient, tenant: str, operator: dict[str, str], mailbox: Mailbox, database: MigratedDatabase
):
    second = await auth.post(
        "/auth/operator/tenants",
        json={"name": "Second", "time_zone": "UTC", "currency": "EUR", **OWNER},
        headers=operator,
    )
    assert second.status_code == 201
    await fetch(database, "update auth.account set email_verified_at = null")
    await forgot(auth)
    _, token = await mailbox.next_link()
    assert (await reset(auth, token)).status_code == 204
    assert (await fetch(database, "select email_verified_at is not null from auth.account")) == [True]
    audited = await fetch(
        database,
        "select tenant_id::text from auth.outbox where event_type = 'audit.entry.recorded.v1'"
        " and payload ->> 'action' = 'password.reset' and payload ->> 'outcome' = 'done'",
    )
    assert set(audited) == {tenant, second.json()["tenant_id"]}


async def test_of_fifty_uses_of_a_link_at_once_one_wins(auth: httpx.AsyncClient, tenant: str, mailbox: Mailbox):
    del tenant
    await forgot(auth)
    _, token = await mailbox.next_link()
    tried = [f"the passphrase numbered {number}" for number in range(50)]
    answers = await asyncio.gather(*(reset(auth, token, password) for password in tried))
    won = [password for answer, password in zip(answers, tried, strict=True) if answer.status_code == 204]
    assert len(won) == 1
    assert all(answer.json()["type"] == DEAD for answer in answers if answer.status_code != 204)
    assert (await login(auth, won[0])).status_code == 200


async def test_a_used_link_is_dead(auth: httpx.AsyncClient, tenant: str, mailbox: Mailbox):
    del tenant
    await forgot(auth)
    _, token = await mailbox.next_link()
    assert (await reset(auth, token)).status_code == 204
    assert_dead(await reset(auth, token, "another fresh passphrase"))
    assert (await login(auth, NEW)).status_code == 200


async def test_an_older_link_dies_with_the_use_of_a_newer_one(auth: httpx.AsyncClient, tenant: str, mailbox: Mailbox):
    del tenant
    await forgot(auth)
    _, older = await mailbox.next_link()
    await forgot(auth)
    _, newer = await mailbox.next_link()
    assert (await reset(auth, newer)).status_code == 204
    assert_dead(await reset(auth, older, "another fresh passphrase"))


async def test_a_link_dies_after_an_hour(
    auth: httpx.AsyncClient, tenant: str, mailbox: Mailbox, database: MigratedDatabase
):
    del tenant
    await forgot(auth)
    _, token = await mailbox.next_link()
    lives = await fetch(database, "select expires_at - created_at from auth.mailed_link")
    assert lives == [timedelta(hours=1)]
    await fetch(database, "update auth.mailed_link set expires_at = now()")
    assert_dead(await reset(auth, token))


async def test_a_link_for_something_else_resets_nothing(
    auth: httpx.AsyncClient, tenant: str, mailbox: Mailbox, database: MigratedDatabase
):
    del tenant
    await forgot(auth)
    _, token = await mailbox.next_link()
    await fetch(database, "update auth.mailed_link set purpose = 'verify-email'")
    assert_dead(await reset(auth, token))
    assert (await login(auth, OWNER["owner_password"])).status_code == 200


async def test_a_disabled_account_gets_no_link_and_a_link_it_has_is_dead(
    auth: httpx.AsyncClient, tenant: str, mailbox: Mailbox, database: MigratedDatabase
):
    del tenant
    await forgot(auth)
    _, token = await mailbox.next_link()
    await fetch(database, "update auth.account set disabled_at = now()")
    assert_dead(await reset(auth, token))
    await forgot(auth)
    await jobs_have_ended(database, 2)
    assert len(mailbox.sink.mails) == 1


async def test_made_up_tokens_are_dead_and_cost_no_hash(
    auth: httpx.AsyncClient, tenant: str, monkeypatch: pytest.MonkeyPatch
):
    del tenant
    hashed = count_hashes(monkeypatch)
    for token in ("x", "A" * 43, hashlib.sha256(b"token").hexdigest()):
        assert_dead(await reset(auth, token))
    assert not hashed


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "password1234",
        "qwertyuiop123",
        "owner@example.com",
        "Somewhere Supply 1",
        "branchwise2026",
        "x" * 129,
        "aaaaaaaaaaaaaaaaaaaa",
    ],
)
async def test_a_weak_password_is_refused_and_the_link_lives_on(
    auth: httpx.AsyncClient, tenant: str, mailbox: Mailbox, password: str
):
    del tenant
    await forgot(auth)
    _, token = await mailbox.next_link()
    refused = await reset(auth, token, password)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == ["password"]
    assert password not in refused.text
    assert (await reset(auth, token)).status_code == 204


async def test_the_answer_is_the_same_for_an_unknown_mailbox(
    auth: httpx.AsyncClient, tenant: str, database: MigratedDatabase, mailbox: Mailbox
):
    del tenant
    known, unknown = await forgot(auth), await forgot(auth, "nobody@example.com")
    assert known.content == unknown.content
    names = [set(answer.headers) for answer in (known, unknown)]
    assert names[0] == names[1]
    await jobs_have_ended(database, 2)
    rows = await fetch(database, "select row(tenant_id, kind, status, error, counts, created_by)::text from auth.job")
    assert rows[0] == rows[1]
    assert (await mailbox.next())["To"] == EMAIL.lower()
    assert len(mailbox.sink.mails) == 1


async def test_a_job_and_the_database_hold_no_secret(
    auth: httpx.AsyncClient, tenant: str, mailbox: Mailbox, database: MigratedDatabase
):
    del tenant
    await forgot(auth)
    _, token = await mailbox.next_link()
    assert await fetch(database, "select params::text from auth.job") == [f'{{"email": "{EMAIL.lower()}"}}']
    assert await fetch(database, "select token_hash from auth.mailed_link") == [hashlib.sha256(token.encode()).digest()]


async def test_five_links_an_hour_are_asked_for_from_one_network_known_or_not(auth: httpx.AsyncClient, tenant: str):
    del tenant
    for email in (EMAIL, "nobody@example.com"):
        for _ in range(5):
            await forgot(auth, email)
        refused = await auth.post("/auth/password/forgot", json={"email": email.upper()})
        assert refused.status_code == 429
        assert 3500 < int(refused.headers["Retry-After"]) <= 3600
        await forgot(auth, email, **from_network(1))


async def test_what_follows_a_plus_makes_no_other_mailbox(auth: httpx.AsyncClient, tenant: str):
    del tenant
    for tag in range(5):
        await forgot(auth, f"ada+{tag}@example.com")
    for email in ("ada@example.com", "ada+more@example.com", "Ada+a+b@example.com"):
        assert (await auth.post("/auth/password/forgot", json={"email": email})).status_code == 429
    await forgot(auth, "ada@example.org")


async def test_a_mailbox_is_sent_five_links_an_hour_from_wherever_they_are_asked_for(
    auth: httpx.AsyncClient, tenant: str, mailbox: Mailbox, database: MigratedDatabase
):
    del tenant
    for number in range(8):
        await forgot(auth, **from_network(number))
    await jobs_have_ended(database, 8)
    assert len(mailbox.sink.mails) == 5


async def test_links_to_tagged_addresses_that_nobody_has_use_up_none_of_the_mailboxs(
    auth: httpx.AsyncClient, tenant: str, mailbox: Mailbox, database: MigratedDatabase
):
    del tenant
    name, _, host = EMAIL.partition("@")
    for number in range(20):
        await forgot(auth, f"{name}+{number}@{host}", **from_network(number))
    await jobs_have_ended(database, 20)
    await forgot(auth)
    _, token = await mailbox.next_link()
    assert (await reset(auth, token)).status_code == 204


async def test_past_its_day_a_mailbox_is_sent_a_link_only_where_it_holds_none_that_works(
    auth: httpx.AsyncClient, tenant: str, mailbox: Mailbox, database: MigratedDatabase
):
    del tenant
    await twenty_links_have_run_out(database)
    await forgot(auth)
    await jobs_have_ended(database, 1)
    await forgot(auth)
    await jobs_have_ended(database, 2)
    assert len(mailbox.sink.mails) == 1
    _, token = await mailbox.next_link()
    assert (await reset(auth, token)).status_code == 204


async def test_past_its_day_a_mailbox_that_nobody_proved_is_sent_no_link(
    auth: httpx.AsyncClient, tenant: str, mailbox: Mailbox, database: MigratedDatabase
):
    del tenant
    await twenty_links_have_run_out(database)
    await fetch(database, "update auth.account set email_verified_at = null returning account_id")
    await forgot(auth)
    await jobs_have_ended(database, 1)
    assert not mailbox.sink.mails


async def test_links_to_two_tags_of_a_mailbox_are_counted_together(
    auth: httpx.AsyncClient, tenant: str, mailbox: Mailbox, database: MigratedDatabase
):
    del tenant
    await fetch(database, "insert into auth.account (email) values ('ada+one@example.com'), ('ada+two@example.com')")
    for number in range(6):
        await forgot(auth, f"ada+{'one' if number % 2 else 'two'}@example.com", **from_network(number))
    await jobs_have_ended(database, 6)
    assert len(mailbox.sink.mails) == 5


async def test_a_mail_carries_the_requests_id(auth: httpx.AsyncClient, tenant: str, mailbox: Mailbox):
    del tenant
    await forgot(auth, EMAIL, **{"X-Request-Id": "from-the-frontend-1"})
    assert (await mailbox.next())["X-Request-Id"] == "from-the-frontend-1"


async def test_links_lead_to_the_frontend_where_there_is_one(
    auth: httpx.AsyncClient, tenant: str, context: ServiceContext, mailbox: Mailbox
):
    del tenant
    context.settings = context.settings.model_copy(update={"frontend_url": "https://front.example/app/"})
    await forgot(auth)
    path, _ = link_of(await mailbox.next())
    assert path == "/app/reset-password"


def from_network(number: int) -> dict[str, str]:
    """The header of a request from one of many networks."""
    return {"X-Forwarded-For": f"198.51.100.{number}"}


async def twenty_links_have_run_out(database: MigratedDatabase) -> None:
    """As if the day's links had been asked for by whomever, the last of them two hours ago."""
    await fetch(
        database,
        "insert into auth.mailed_link"
        " (token_hash, account_id, account_email, purpose, email, mailbox, job_id, created_at, expires_at)"
        " select sha256(n::text::bytea), account_id, email, 'reset-password', email, email, gen_random_uuid(),"
        " now() - interval '2 hours', now() - interval '1 hour' from auth.account, generate_series(1, 20) n"
        " returning account_id",
    )


def count_hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    hashed: list[str] = []
    verify = passwords._verify

    def counted(password_hash: str, password: str) -> bool:
        hashed.append(password)
        return verify(password_hash, password)

    monkeypatch.setattr(passwords, "_verify", counted)
    return hashed


async def fetch(database: MigratedDatabase, statement: str) -> list[object]:
    connection = await asyncpg.connect(database.superuser_dsn)
    rows = await connection.fetch(statement)
    await connection.close()
    return [row[0] for row in rows]


async def jobs_have_ended(database: MigratedDatabase, count: int) -> None:
    async with asyncio.timeout(60):
        while len(await fetch(database, "select 1 from auth.job where status = 'completed'")) < count:
            await asyncio.sleep(0.05)
