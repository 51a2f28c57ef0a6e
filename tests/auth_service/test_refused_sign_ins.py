"""Refused sign-ins in the audit log: how many rows junk makes, and that it hides nothing from a tenant."""

import asyncio
from typing import Literal

import httpx
import pytest

from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from services.auth_service.domain import refused_sign_ins
from services.auth_service.domain.refused_sign_ins import RefusedSignIn, RefusedSignIns
from services.auth_service.sign_in_guard import guard_of
from tests.auth_service.conftest import found
from tests.auth_service.test_forgotten_password import fetch
from tests.auth_service.test_throttle import EMAIL, audited, login, many_calls_to

OWNER = "owner@example.com"


class Written:
    """What was written, with its counts."""

    def __init__(self) -> None:
        self.rows: list[tuple[RefusedSignIn, int]] = []
        self.refused = RefusedSignIns(self._write)

    async def _write(self, refusal: RefusedSignIn, count: int) -> None:
        self.rows.append((refusal, count))

    async def all(self) -> list[tuple[RefusedSignIn, int]]:
        """Write what is held, as at the service's end."""
        stopping = asyncio.Event()
        stopping.set()
        await self.refused.run(stopping)
        return self.rows


def refusal(email: str, address: str = "203.0.113.7", because: str = "credentials-refused") -> RefusedSignIn:
    return RefusedSignIn("sign-in.password", email, address, because)


@pytest.mark.usefixtures("quick_hashes")
async def test_two_hundred_junk_sign_ins_from_one_address_make_two_rows(
    settings: Settings, operator: dict[str, str], database: MigratedDatabase
):
    async with many_calls_to(settings) as auth:
        await found(auth, operator)
        await asyncio.gather(*(login(auth, f"junk{number}@nowhere.example", "x") for number in range(200)))
    rows = await audited(database, 2)
    assert {row[1:] for row in rows} == {("", "credentials-refused"), ("", "too-many-attempts")}
    # The first of each is told at once, the rest when the service stops.
    assert len(rows) <= 4


@pytest.mark.usefixtures("quick_hashes")
async def test_an_owner_whose_address_is_refused_is_not_written_into_the_tenants_log_by_name(
    settings: Settings, operator: dict[str, str], database: MigratedDatabase
):
    async with many_calls_to(settings) as auth:
        await found(auth, operator)
        await asyncio.gather(*(login(auth, f"junk{number}@nowhere.example", "x") for number in range(100)))
        assert (await login(auth, EMAIL, "wrong")).status_code == 429
    assert OWNER not in {row[1] for row in await audited(database, 2)}


@pytest.mark.parametrize("looked_up", [False, None])
async def test_junk_hides_no_failure_of_an_account(looked_up: Literal[False] | None):
    written = Written()
    for number in range(5_000):
        written.refused.note(
            refusal(f"junk{number}@x.example", f"10.0.{number >> 8}.{number & 255}"), has_account=looked_up
        )
    written.refused.note(refusal(OWNER), has_account=True)
    written.refused.note(refusal(OWNER, because="too-many-attempts"), has_account=None)
    rows = await written.all()
    assert (refusal(OWNER), 1) in rows
    assert (refusal(OWNER, because="too-many-attempts"), 1) in rows
    assert len(rows) <= 2 + refused_sign_ins.MOST_OTHERS + 1
    assert sum(count for _, count in rows) == 5_002


async def test_guessers_with_many_addresses_hide_no_failure_of_another_account():
    written = Written()
    for number in range(20_000):
        email, address = f"known{number % 100}@x.example", f"10.0.{number >> 8}.{number & 255}"
        written.refused.note(refusal(email, address), has_account=True)
    written.refused.note(refusal(OWNER), has_account=True)
    rows = await written.all()
    assert OWNER in {row.email for row, _ in rows}
    assert len(rows) <= refused_sign_ins.MOST_OF_ACCOUNTS
    for number in range(100):
        of_one = [row for row, _ in rows if row.email == f"known{number}@x.example"]
        assert 1 <= len(of_one) <= refused_sign_ins.ADDRESSES_OF_AN_ACCOUNT + 1


async def test_a_refusal_of_the_operators_log_names_no_email_that_nobody_has(
    auth: httpx.AsyncClient, tenant: str, database: MigratedDatabase
):
    del tenant
    assert (await login(auth, "correct horse battery", "owner@example.com")).status_code == 401
    assert [row[1:] for row in await audited(database, 1)] == [("", "credentials-refused")]


@pytest.mark.usefixtures("tenant", "quick_hashes")
async def test_an_email_that_nobody_has_is_not_written_down_where_it_was_refused_before_it_was_looked_up(
    auth: httpx.AsyncClient, database: MigratedDatabase
):
    typed = "correct horse battery"
    statuses = [(await login(auth, typed, "x")).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    assert {row[1:] for row in await audited(database, 2)} == {("", "credentials-refused"), ("", "too-many-attempts")}


async def test_junk_hides_no_refusal_of_who_is_signed_in(
    auth: httpx.AsyncClient, owner: dict[str, str], tenant: str, context: ServiceContext, database: MigratedDatabase
):
    for number in range(refused_sign_ins.MOST_OTHERS):
        guard_of(context).refused.note(refusal(f"junk{number}@x.example"), has_account=None)
    body = {"email": "mallory@example.com", "current_password": "not this one"}
    assert (await auth.patch("/auth/me", json=body, headers=owner)).status_code == 422
    of_owner = (
        "select tenant_id::text from auth.outbox where payload ->> 'action' = 'email.change-asked'"
        " and payload ->> 'outcome' = 'refused' and payload ->> 'target' = 'owner@example.com'"
    )
    async with asyncio.timeout(20):
        while not (rows := await fetch(database, of_owner)):
            await asyncio.sleep(0.05)
    assert rows == [tenant]
