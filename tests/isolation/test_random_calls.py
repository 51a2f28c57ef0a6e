import asyncio
import random
from collections.abc import AsyncGenerator

import asyncpg
import httpx
import pytest
from loguru import logger

from common.settings import SERVICES_WITH_DATABASE
from common.testing.stack import Stack
from tests.isolation.attacks import Attack, Attacker
from tests.isolation.canary_company import CanaryCompany, fill, token_of_nobody
from tests.isolation.canary_rows import tenant_tables
from tests.isolation.probes import Operation, Shown, explore, operations_of

pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(3600)]

# Reads that show nothing of a company, or show it only to who holds a secret link. A new read must be listed here,
# or show its owner a canary.
WITHOUT_CANARY = {
    "GET /api/analytics/changes": "figures and days of platforms, once a night has passed",
    "GET /api/analytics/campaigns/v7/metrics/trend": "figures and days only",
    "GET /api/analytics/dashboard/v5/kpi": "figures only",
    "GET /api/analytics/dashboard/v5/trend/leads": "figures and days only",
    "GET /api/analytics/dashboard/v5/trend/spend": "figures and days only",
    "GET /api/analytics/dashboard/{org_id}": "figures, days and channels only",
    "GET /api/analytics/quality": "days only",
    "GET /api/analytics/retention": "ages and days only",
    "GET /api/campaigns/{id}/performance": "figures and days only",
    "GET /auth/.well-known/jwks.json": "public keys",
    "GET /auth/avatars/{name}": "a picture; its name is found in no list of these companies, and has tests of its own",
    "GET /auth/email/verify": "the page of a mail's link: who has it may see",
    "GET /auth/invitations/accept": "the token is the secret; who has it may see",
    "GET /auth/login": "an address of a provider, the same for everyone",
    "GET /auth/password/reset": "the page of a mail's link: who has it may see",
    "GET /data/availability": "counts and days only",
    "GET /insights/forecast": "figures and days only",
    "GET /insights/{id}/chart.png": "the picture of chart.svg, which shows one",
    "GET /email/t/{token}": "the token is the secret; who has it may see",
    "GET /email/unsubscribe/{token}": "likewise",
}

# What the company's own people and machines do is told of some seconds later; no stranger writes there, as another
# test shows.
_TOLD = "('audit.entry.recorded.v1', 'auth.api_key.used.v1')"
# Nor is it anybody's doing that another hour begins.
_ROWS = {
    "generation": "false",
    "job": "created_by is not null or kind <> 'insights.generate'",
    "outbox": f"event_type not in {_TOLD}",
    "inbox": f"consumer not in {_TOLD}",
    "audit_entry": "false",
}
_TEXT = {
    "auth.api_key": "(to_jsonb(t) - 'uses' - 'last_used_at')::text",
    "insights.look": "(to_jsonb(t) - 'job_id')::text",  # the last job's, be it the hour's
}

Pair = tuple[CanaryCompany, CanaryCompany]


@pytest.fixture
async def pair(stack: Stack) -> AsyncGenerator[Pair]:
    """Two companies with the same ids and different words."""
    async with stack.company() as first, stack.company() as second:
        filled = await asyncio.gather(fill(first, "quetzal", stack), fill(second, "axolotl", stack))
        yield filled[0], filled[1]


@pytest.fixture
async def operations(stack: Stack) -> list[Operation]:
    async with httpx.AsyncClient(base_url=stack.gateway, timeout=20) as api:
        return operations_of((await api.get("/openapi.json")).json())


async def test_300_random_calls_show_nothing_of_another_tenant(stack: Stack, pair: Pair, operations: list[Operation]):
    await attack_each_other(stack, pair, operations, calls=300)


@pytest.mark.faults
async def test_10_000_random_calls_show_nothing_of_another_tenant(
    stack: Stack, pair: Pair, operations: list[Operation]
):
    await attack_each_other(stack, pair, operations, calls=10_000)


async def attack_each_other(stack: Stack, pair: Pair, operations: list[Operation], *, calls: int) -> None:
    seed = random.randrange(1 << 32)
    logger.info("random calls with seed {}", seed)
    token = await token_of_nobody(stack)
    # (what was filled in shows once it is counted)
    await asyncio.gather(*(rows_at_rest(stack, company) for company in pair))
    async with httpx.AsyncClient(base_url=stack.gateway, timeout=60) as api:
        for own, victim in (pair, pair[::-1]):
            owns, shown = await asyncio.gather(
                *(explore_as_owner(api, operations, company) for company in (own, victim))
            )
            # Before any attack: who attacks may hide or erase much of what is its own.
            for explored in (owns, shown) if own is pair[0] else ():
                assert_every_read_is_covered(operations, explored)
            shown.ids -= owns.ids
            before = await rows_at_rest(stack, victim)
            attacker = Attacker(own, victim, shown, operations, token, random.Random(seed))
            for _ in range(calls // 2):
                await refuses(api, attacker, attacker.attack())
            after = await rows_at_rest(stack, victim)
            assert {table: after[table] ^ rows for table, rows in before.items() if after[table] != rows} == {}
            await still_shown(victim, shown)


async def explore_as_owner(api: httpx.AsyncClient, operations: list[Operation], company: CanaryCompany) -> Shown:
    return await explore(api, operations, company, dict(company.company.api.headers))


def assert_every_read_is_covered(operations: list[Operation], shown: Shown) -> None:
    reads = {str(operation) for operation in operations if operation.method == "GET"}
    proved = {str(probe.operation) for probe in shown.probes}
    assert reads - proved - set(WITHOUT_CANARY) == set(), "these reads never showed their owner a canary"


async def refuses(api: httpx.AsyncClient, attacker: Attacker, attack: Attack) -> None:
    shown, sent = attacker.shown, attack.sent()
    answer = await api.request(
        attack.method, attack.path, params=attack.query, headers=attack.headers, json=attack.json, files=attack.files
    )
    said = answer.text + str(answer.headers)
    leaked = {
        canary: shown.where.get(canary, "")
        for canary in shown.ids - attacker.planted | {attacker.victim.word}
        if canary in said and canary not in sent
    }
    assert not leaked, f"{leaked}\n{attack}\n{answer.status_code} {answer.text[:500]}"
    assert answer.status_code < 500, f"{attack}\n{answer.status_code} {answer.text[:500]}"
    if answer.is_success and attack.method != "GET":
        attacker.planted |= {canary for canary in shown.ids if canary in sent}
    if attack.aims_at_one_thing:
        assert answer.status_code >= 400, f"{attack}\n{answer.status_code} {answer.text[:500]}"


async def still_shown(victim: CanaryCompany, shown: Shown) -> None:
    """Nothing that was probed had gone in the meantime: the owner still gets every canary."""
    for probe in shown.probes:
        answer = await victim.company.api.get(probe.path, params=probe.query)
        assert answer.status_code == 200, probe
        assert victim.word in answer.text or any(one in answer.text for one in shown.ids), probe


async def rows_at_rest(stack: Stack, company: CanaryCompany) -> dict[str, set[str]]:
    """The company's rows, table by table, once what was under way has come to rest."""
    connection = await asyncpg.connect(stack.superuser_dsn)
    try:
        names = [table.name for table in await tenant_tables(connection) if not table.is_partition]
        rows = "select coalesce(array_agg({}), '{{}}') from {} t where tenant_id = $1 and ({})"
        seen: dict[str, set[str]] = {}
        async with asyncio.timeout(60):
            while True:
                if await is_at_work(connection, company):
                    await asyncio.sleep(0.2)
                    continue
                now = {
                    name: set(
                        await connection.fetchval(
                            rows.format(_TEXT.get(name, "t::text"), name, _ROWS.get(name.partition(".")[2], "true")),
                            company.company.tenant_id,
                        )
                    )
                    for name in names
                }
                if now == seen:
                    return now
                seen = now
                await asyncio.sleep(1)
    finally:
        await connection.close()


async def is_at_work(superuser: asyncpg.Connection, company: CanaryCompany) -> bool:
    """Whether something of the company waits to be done: an event, a job, a refresh, a hit that is not counted yet."""
    uncounted = (
        "select 1 from data.refused_hit r where tenant_id = $1 and not exists (select from data.hit_count c"
        " where c.tenant_id = $1 and c.source_id = r.source_id)"
    )
    waiting = [uncounted, "select 1 from analytics.dirty_key where tenant_id = $1"]
    for service in SERVICES_WITH_DATABASE:
        waiting.append(f"select 1 from {service}.outbox where tenant_id = $1 and published_at is null")
        waiting.append(f"select 1 from {service}.job where tenant_id = $1 and status in ('queued', 'running')")
    return bool(await superuser.fetchval(f"select exists ({' union all '.join(waiting)})", company.company.tenant_id))
