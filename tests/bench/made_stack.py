"""A running stack with the companies of made_history.py, and signed-in users of theirs."""

import asyncio
import random
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from made_history import COMPANIES, make_companies, sizes

from common.settings import SERVICES_WITH_DATABASE
from common.testing.people import add_tenant
from common.testing.stack import Stack

ZIPF = 1.1
_SIGNED_IN_AT_ONCE = 8


@dataclass(frozen=True)
class MadeStack:
    """A running stack, and its companies, the largest first."""

    stack: Stack
    tenants: list[UUID]

    def process_seconds(self) -> dict[str, float]:
        """Return the CPU seconds of each process since it started."""
        parts: dict[str, float] = {}
        for name in (*SERVICES_WITH_DATABASE, "gateway", "nats", "postgres"):
            first = self.stack.process_of(name)
            times = [process.cpu_times() for process in (first, *first.children(recursive=True))]
            parts[name] = sum(each.user + each.system for each in times)
        return parts


@contextmanager
def made_stack(**settings: str) -> Generator[MadeStack]:
    """Run a stack with these environment variables, and fill it."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in settings.items():
            patched.setenv(name, value)
        with Stack() as stack:
            yield MadeStack(stack, asyncio.run(_filled(stack)))


async def _filled(stack: Stack) -> list[UUID]:
    tenants = [await add_tenant(stack.superuser_dsn) for _ in range(COMPANIES)]
    await make_companies(stack.superuser_dsn, list(zip(tenants, sizes(), strict=True)))
    return tenants


def zipf_weights(count: int) -> list[float]:
    """Return cumulative Zipf weights of `count` ranks."""
    return list(accumulate((rank + 1) ** -ZIPF for rank in range(count)))


async def signed_in(made: MadeStack, count: int) -> list[tuple[UUID, dict[str, str]]]:
    """Sign in `count` users, more of the first companies; return each one's tenant and the headers of their calls."""
    tenants = random.Random(5).choices(made.tenants, cum_weights=zipf_weights(len(made.tenants)), k=count)
    people = [(tenant_id, f"user-{number}@people.example") for number, tenant_id in enumerate(tenants)]
    return await _with_tokens(made.stack, people)


async def owner_of(made: MadeStack, tenant_id: UUID) -> dict[str, str]:
    """Return the headers of an owner of a company."""
    ((_, headers),) = await _with_tokens(made.stack, [(tenant_id, f"owner-{uuid4().hex}@people.example")], "admin")
    return headers


async def _with_tokens(
    stack: Stack, people: list[tuple[UUID, str]], role: str = "analyst"
) -> list[tuple[UUID, dict[str, str]]]:
    writer = await asyncpg.connect(stack.superuser_dsn)
    await writer.executemany(
        "with account as (insert into auth.account (account_id, email) values ($1, $2))"
        " insert into auth.membership (tenant_id, account_id, role, branch_codes, permissions, joined_at)"
        " values ($3, $1, $4, '{}', '{}', now())",
        [(uuid4(), email, tenant_id, role) for tenant_id, email in people],
    )
    await writer.close()
    key = (stack.home / "secrets" / "operator_key").read_text(encoding="ascii").strip()
    turns = asyncio.Semaphore(_SIGNED_IN_AT_ONCE)
    async with httpx.AsyncClient(base_url=stack.url_of("auth"), timeout=60, headers={"X-Operator-Key": key}) as auth:

        async def token(email: str) -> str:
            async with turns:
                answer = await auth.post("/auth/operator/tokens", json={"email": email})
            return str(answer.raise_for_status().json()["access_token"])

        tokens = await asyncio.gather(*(token(email) for _, email in people))
    return [
        (tenant_id, {"Authorization": f"Bearer {token}", "X-Tenant-Id": str(tenant_id)})
        for (tenant_id, _), token in zip(people, tokens, strict=True)
    ]
