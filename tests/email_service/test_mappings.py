"""Which rep gets which branch's report."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from common.testing.cluster import MigratedDatabase
from common.testing.people import Person, add_person
from tests.email_service.shop import Shop, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = "/analytics/email/mappings"
BODY = {"branch_code": "D08", "branch_name": "Lincoln", "sales_rep_name": "Ann Ito", "sales_rep_email": "Ann@x.example"}
WAITED_FOR = "select exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))"


async def test_a_mapping_is_created_changed_listed_and_removed(email: httpx.AsyncClient, admin: Person) -> None:
    made = await email.post(PATH, json=BODY, headers=admin.headers)
    path = f"{PATH}/{made.json()['id']}"
    changed = await email.put(path, json={**BODY, "is_enabled": False}, headers=admin.headers)
    listed = await email.get(PATH, headers=admin.headers)
    removed = await email.delete(path, headers=admin.headers)
    again = await email.delete(path, headers=admin.headers)

    assert made.status_code == 201
    assert made.json()["is_enabled"] is True
    assert changed.json()["is_enabled"] is False
    assert [row["branch_code"] for row in listed.json()["data"]] == ["D07", "D08"]
    assert listed.json()["total"] == 2
    assert (removed.status_code, again.status_code) == (204, 404)


async def test_a_rep_gets_a_branch_once_whatever_the_case(email: httpx.AsyncClient, admin: Person) -> None:
    await email.post(PATH, json=BODY, headers=admin.headers)
    again = await email.post(PATH, json={**BODY, "sales_rep_email": "ANN@x.example"}, headers=admin.headers)

    assert again.status_code == 409
    assert again.json()["type"] == "urn:branchwise:problem:mapping-exists"


async def test_of_two_mappings_that_become_the_same_at_once_one_is_refused(
    email: httpx.AsyncClient, admin: Person, database: MigratedDatabase
) -> None:
    made = await email.post(PATH, json=BODY, headers=admin.headers)
    path, taken = f"{PATH}/{made.json()['id']}", {**BODY, "branch_code": "D09"}
    connection: Any = await asyncpg.connect(database.superuser_dsn)
    try:
        async with connection.transaction():
            await connection.execute(
                "insert into email.branch_rep (tenant_id, branch_code, branch_name, sales_rep_name, sales_rep_email)"
                " values ($1, $2, '', '', $3)",
                *(admin.tenant_id, taken["branch_code"], taken["sales_rep_email"]),
            )
            change = asyncio.create_task(email.put(path, json=taken, headers=admin.headers))
            async with asyncio.timeout(20):
                while not await connection.fetchval(WAITED_FOR):
                    await asyncio.sleep(0.01)
        answer = await change
    finally:
        await connection.close()

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:branchwise:problem:mapping-exists"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sales_rep_email", "no address"),
        ("sales_rep_email", "a@b.example\nBcc: c@d.example"),
        ("sales_rep_email", "ann@bücher.example"),
        ("branch_code", ""),
        ("branch_name", "a\x00b"),
        ("sales_rep_name", "x" * 201),
    ],
)
async def test_what_no_mail_can_use_is_refused_by_name(
    email: httpx.AsyncClient, admin: Person, field: str, value: str
) -> None:
    answer = await email.post(PATH, json={**BODY, field: value}, headers=admin.headers)

    assert answer.status_code == 422
    assert field in answer.text


async def test_a_mapping_of_another_tenant_is_not_there(
    email: httpx.AsyncClient, shop: Shop, database: MigratedDatabase, admin: Person
) -> None:
    made = await email.post(PATH, json=BODY, headers=admin.headers)
    path = f"{PATH}/{made.json()['id']}"
    async with open_shop(database, "Southline") as other:
        stranger = await add_person(database.superuser_dsn, other.tenant_id, "admin")
        listed = await email.get(PATH, headers=stranger.headers)
        changed = await email.put(path, json=BODY, headers=stranger.headers)
        removed = await email.delete(path, headers=stranger.headers)
    kept = await email.get(PATH, headers=admin.headers)

    assert listed.json()["data"] == []
    assert (changed.status_code, removed.status_code) == (404, 404)
    assert kept.json()["total"] == 2
    assert shop.tenant_id == admin.tenant_id


async def test_only_those_who_send_may_see_mappings(
    email: httpx.AsyncClient, shop: Shop, database: MigratedDatabase
) -> None:
    rep = await add_person(database.superuser_dsn, shop.tenant_id, "rep", branch_codes=["D07"])

    assert (await email.get(PATH)).status_code == 401
    assert (await email.get(PATH, headers=rep.headers)).status_code == 403
    assert (await email.post(PATH, json=BODY, headers=rep.headers)).status_code == 403
