"""A rep of another branch, let loose on everything that the company's owner can read and every task there is."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from common.testing.stack import Stack
from tests.isolation.canary_company import BRANCH, DAY, CanaryCompany, fill, token_of
from tests.isolation.probes import Shown, explore, operations_of

pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(900)]
WORD = "quetzal"
# What stands in the branch's own rows alone: its customers, what they looked for and at.
MARKS = (f"{WORD} acme", f"{WORD} baker", f"acme@{WORD}", f"baker@{WORD}", f"{WORD} pump", f"{WORD} valve")
LISTS = ("purchases", "cart-abandonment", "search-analysis", "repeat-visits")
REFUSED = (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND)


async def test_a_rep_of_another_branch_reads_and_works_nothing_of_this_one(stack: Stack) -> None:
    async with stack.company() as company, httpx.AsyncClient(base_url=stack.gateway, timeout=60) as api:
        filled = await fill(company, WORD, stack)
        operations = operations_of((await api.get("/openapi.json")).json())
        shown = await explore(api, operations, filled, dict(company.api.headers))
        keys = await task_keys(filled)
        elsewhere = await hire(stack, company.tenant_id, branch_codes=["D08"])
        nowhere = await hire(stack, company.tenant_id, branch_codes=[])
        reader = await hire(stack, company.tenant_id, branch_codes=["D08"], permissions=["analytics:read"])
        for rep in (elsewhere, nowhere, reader):
            assert await reads(api, shown, rep) == []
            assert await tasks_of(api, rep) == []
            assert await works(api, rep, keys) == []
        # The same calls show the branch's own rep the same tasks as the owner, and let them be worked.
        own = filled.people["rep"]
        assert {probe.partition("?")[0] for probe in await reads(api, shown, own)} >= {
            f"/analytics/tasks/{kind}" for kind in LISTS
        }
        assert sorted(await tasks_of(api, own)) == sorted(keys)
        assert len(await works(api, own, keys)) == len(keys)
    assert await statuses(stack, filled) == {"done"}


async def hire(
    stack: Stack, tenant_id: UUID, *, branch_codes: list[str], permissions: Sequence[str] = ()
) -> dict[str, str]:
    """The headers of a new rep."""
    email = f"rep-{uuid4().hex[:8]}@example.com"
    connection = await asyncpg.connect(stack.superuser_dsn)
    try:
        account = await connection.fetchval("insert into auth.account (email) values ($1) returning account_id", email)
        await connection.execute(
            "insert into auth.membership (tenant_id, account_id, role, branch_codes, permissions, joined_at)"
            " values ($1, $2, 'rep', $3, $4, now())",
            *(tenant_id, account, branch_codes, list(permissions)),
        )
    finally:
        await connection.close()
    return {"Authorization": f"Bearer {await token_of(stack, email)}", "X-Tenant-Id": str(tenant_id)}


async def task_keys(filled: CanaryCompany) -> list[tuple[str, str]]:
    found = await tasks_of(filled.company.api, dict(filled.company.api.headers))
    assert {kind for kind, _ in found} == set(LISTS)
    return found


async def tasks_of(api: httpx.AsyncClient, headers: dict[str, str]) -> list[tuple[str, str]]:
    """(kind, key) of every task that a caller is shown, in every way to ask for them."""
    found: set[tuple[str, str]] = set()
    for kind in LISTS:
        for more in ({}, {"status": "all"}, {"query": WORD}, {"location_id": BRANCH}):
            days = {"start_date": DAY, "end_date": DAY, "include_converted": "true"}
            answer = await api.get(f"/analytics/tasks/{kind}", params=days | more, headers=headers)
            if answer.status_code not in REFUSED:
                found |= {(kind, task["task_key"]) for task in answer.raise_for_status().json()["data"]}
    return sorted(found)


async def reads(api: httpx.AsyncClient, shown: Shown, headers: dict[str, str]) -> list[str]:
    """Everything that showed the owner a row of the branch and shows it to this caller too."""
    leaks: list[str] = []
    for probe in shown.probes:
        for query in (probe.query, {**probe.query, "location_id": BRANCH}):
            answer = await api.get(probe.path, params=query, headers=headers)
            assert answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR
            if any(mark in answer.text for mark in MARKS):
                leaks.append(f"{probe.path}?{query}")
    return leaks


async def works(api: httpx.AsyncClient, headers: dict[str, str], keys: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The tasks that a caller could mark."""
    done: list[tuple[str, str]] = []
    for kind, key in keys:
        answer = await api.patch(f"/analytics/tasks/{kind}/{key}", json={"status": "done"}, headers=headers)
        assert answer.is_success or answer.status_code in REFUSED
        if answer.is_success:
            done.append((kind, key))
    return done


async def statuses(stack: Stack, filled: CanaryCompany) -> set[Any]:
    connection = await asyncpg.connect(stack.superuser_dsn)
    try:
        marked = "select status from analytics.task_status where tenant_id = $1"
        return {row["status"] for row in await connection.fetch(marked, filled.company.tenant_id)}
    finally:
        await connection.close()
