import asyncio
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from common.auth.access_changes import AccessChange
from common.auth.standing import hash_of_key
from common.rate_limits import InProcess
from common.settings import Settings
from common.testing.people import Person, add_person, add_tenant
from common.testing.redis_server import MISSING, PROGRAM, redis_server
from common.testing.serve import serve
from services.gateway.api import entry
from services.gateway.api.entry import Gateway
from services.gateway.domain.addresses import Proxies
from services.gateway.domain.limits import Limits
from tests.gateway.conftest import Servers
from tests.gateway.system_of_one import SystemOfOne, execute, system_of_one, tell

pytestmark = pytest.mark.asyncio(loop_scope="module")

needs_redis = pytest.mark.skipif(PROGRAM is None, reason=MISSING)
APP = "https://app.example.com"


async def person_on(servers: Servers, plan: str) -> Person:
    dsn = servers.database.superuser_dsn
    person = await add_person(dsn, await add_tenant(dsn))
    await execute(dsn, "update auth.tenant set plan = $2 where tenant_id = $1", person.tenant_id, plan)
    return person


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the gateway's limits take for the time, which stands: on a busy machine a second may be too short."""
    at = [1000.0]

    def opened(_: Settings) -> InProcess:
        return InProcess(clock=lambda: at[0])

    monkeypatch.setattr(entry, "open_storage", opened)
    return at


async def statuses(client: httpx.AsyncClient, count: int, headers: dict[str, str], path: str = "/data/x") -> list[int]:
    answers = [await client.get(path, headers=headers) for _ in range(count)]
    return [answer.status_code for answer in answers]


async def answers(client: httpx.AsyncClient, status: int, headers: dict[str, str]) -> None:
    """Ask until this is the answer. Word of a change takes a moment over the bus, a remembered verdict a minute."""
    async with asyncio.timeout(20):
        while await statuses(client, 1, headers) != [status]:
            pass


async def test_the_hundred_and_first_request_of_a_free_tenant_is_told_when_to_come_back(
    alone: Settings, servers: Servers
):
    person = await person_on(servers, "free")
    async with system_of_one(alone) as system:
        assert await statuses(system.client, 100, person.headers) == [200] * 100
        refused = await system.client.get("/data/x", headers={**person.headers, "Origin": APP})
        assert refused.status_code == 429
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.json()["type"] == "urn:branchwise:problem:too-many-requests"
        assert 3500 < int(refused.headers["Retry-After"]) <= 3600
        assert refused.headers["RateLimit"] == f'"hour";r=0;t={refused.headers["Retry-After"]}'
        assert refused.headers["RateLimit-Policy"] == '"hour";q=100;w=3600, "burst";q=500;w=1'
        assert refused.headers["RateLimit-Remaining"] == "0"
        exposed = refused.headers["Access-Control-Expose-Headers"]
        assert all(name in exposed for name in ("RateLimit", "RateLimit-Policy", "Retry-After"))
        assert len(system.data.seen) == 100
        # What belongs to nobody is not counted by account: it still answers.
        assert (await system.client.get("/docs", headers=person.headers)).status_code == 200
        assert (await system.client.get("/health/live", headers=person.headers)).status_code == 200
        assert (await system.client.post("/mp/collect", headers=person.headers)).status_code == 200


async def test_an_answer_tells_what_is_left(alone: Settings, servers: Servers):
    person = await person_on(servers, "premium")
    async with system_of_one(alone) as system:
        for left in (999, 998):
            answer = await system.client.get("/data/x", headers=person.headers)
            assert answer.headers["RateLimit"].startswith(f'"hour";r={left};t=')
            assert answer.headers["RateLimit-Limit"] == "1000"
            assert answer.headers["RateLimit-Remaining"] == str(left)
            assert 3590 < int(answer.headers["RateLimit-Reset"]) <= 3600


async def test_a_change_of_plan_holds_from_the_next_request_on(alone: Settings, servers: Servers):
    person = await person_on(servers, "premium")
    dsn = servers.database.superuser_dsn
    async with system_of_one(alone) as system:
        assert await statuses(system.client, 101, person.headers) == [200] * 101
        for plan, status in (("free", 429), ("enterprise", 200), ("free", 429)):
            await execute(dsn, "update auth.tenant set plan = $2 where tenant_id = $1", person.tenant_id, plan)
            await tell(alone, AccessChange(tenants=[person.tenant_id]))
            await answers(system.client, status, person.headers)


async def test_the_tenant_named_decides_else_the_best_plan(alone: Settings, servers: Servers):
    dsn = servers.database.superuser_dsn
    person, second = await person_on(servers, "free"), await add_tenant(dsn)
    await execute(dsn, "update auth.tenant set plan = 'premium' where tenant_id = $1", second)
    await execute(
        dsn,
        "insert into auth.membership (tenant_id, account_id, role, joined_at) values ($1, $2, 'admin', now())",
        second,
        person.account_id,
    )
    limits: dict[str | None, str] = {str(person.tenant_id): "100", str(second).upper(): "1000", None: "1000"}
    async with system_of_one(alone) as system:
        for tenant, limit in limits.items():
            headers = {"Authorization": person.headers["Authorization"]}
            if tenant is not None:
                headers["X-Tenant-Id"] = tenant
            assert (await system.client.get("/data/x", headers=headers)).headers["RateLimit-Limit"] == limit


async def test_another_account_of_the_tenant_has_its_own_count(alone: Settings, servers: Servers):
    person = await person_on(servers, "free")
    colleague = await add_person(servers.database.superuser_dsn, person.tenant_id)
    async with system_of_one(alone) as system:
        await statuses(system.client, 100, person.headers)
        assert await statuses(system.client, 1, person.headers) == [429]
        assert await statuses(system.client, 1, colleague.headers) == [200]


async def test_a_key_is_counted_for_itself(alone: Settings, servers: Servers):
    person = await person_on(servers, "free")
    headers = {"X-API-Key": await add_key(servers.database.superuser_dsn, person)}
    async with system_of_one(alone) as system:
        assert await statuses(system.client, 101, headers) == [200] * 100 + [429]
        assert dict(system.data.seen[0]["headers"])["x-api-key"] == headers["X-API-Key"]
        assert await statuses(system.client, 1, person.headers) == [200]
        assert system.asked_of_auth.count("/auth/caller") <= 4


async def test_a_revoked_key_is_out_at_once(alone: Settings, servers: Servers):
    person = await person_on(servers, "free")
    dsn = servers.database.superuser_dsn
    key = await add_key(dsn, person)
    async with system_of_one(alone) as system:
        assert await statuses(system.client, 1, {"X-API-Key": key}) == [200]
        await execute(dsn, "update auth.api_key set revoked_at = now() where key_hash = $1", hash_of_key(key))
        key_id: UUID = await fetch(dsn, "select api_key_id from auth.api_key where key_hash = $1", hash_of_key(key))
        await tell(alone, AccessChange(keys=[key_id]))
        await answers(system.client, 401, {"X-API-Key": key})


async def test_an_address_that_sends_too_much_in_a_second_waits(alone: Settings, person: Person, clock: list[float]):
    few = alone.model_copy(update={"requests_per_second": 5})
    async with system_of_one(few) as system:
        # Refused tokens, open calls, malformed paths and unknown ones count like any request.
        paths = ("/data/x", "/mp/collect", "/data//x", "/nothing", "/health/live")
        headers = {"Authorization": "Bearer nonsense"}
        first = await asyncio.gather(*(system.client.get(path, headers=headers) for path in paths))
        assert 429 not in [answer.status_code for answer in first]
        refused = await system.client.get("/data/x", headers={**person.headers, "Origin": APP})
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "1"
        assert refused.headers["RateLimit"] == '"burst";r=0;t=1'
        assert refused.headers["RateLimit-Policy"] == '"burst";q=5;w=1'
        assert refused.headers["Access-Control-Allow-Origin"] == APP
        clock[0] += 1
        assert await statuses(system.client, 1, person.headers) == [200]


@pytest.mark.usefixtures("clock")
async def test_spoofed_addresses_share_one_count(alone: Settings):
    few = alone.model_copy(update={"requests_per_second": 5})
    async with system_of_one(few) as system:
        answers = [
            await system.client.get("/mp/collect", headers={"X-Forwarded-For": f"10.0.0.{number}"})
            for number in range(8)
        ]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 3
        assert {dict(told["headers"])["x-forwarded-for"] for told in system.data.seen} == {"127.0.0.1"}


@pytest.mark.usefixtures("clock")
async def test_behind_a_proxy_each_caller_has_a_count_of_their_own(alone: Settings):
    proxied = alone.model_copy(update={"requests_per_second": 2, "trusted_proxies": "127.0.0.0/8, 10.0.0.0/8"})
    async with system_of_one(proxied) as system:
        assert await hops(system, "203.0.113.1", "203.0.113.1", "203.0.113.1") == [200, 200, 429]
        # What the caller wrote stands left of what the proxies wrote.
        assert await hops(system, "203.0.113.9, 203.0.113.2, 10.0.0.7", "1.1.1.1, 203.0.113.2") == [200, 200]
        assert await hops(system, "8.8.8.8, 203.0.113.2") == [429]
        told = [dict(seen["headers"])["x-forwarded-for"] for seen in system.data.seen]
        assert told == ["203.0.113.1"] * 2 + ["203.0.113.2"] * 2


@pytest.mark.usefixtures("clock")
async def test_one_network_of_ipv6_is_one_caller(alone: Settings):
    proxied = alone.model_copy(update={"requests_per_second": 2, "trusted_proxies": "127.0.0.1"})
    async with system_of_one(proxied) as system:
        assert await hops(system, "2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "[2001:db8:1:2::3]:99") == [200, 200, 429]
        assert await hops(system, "2001:db8:1:3::1") == [200]
        assert await hops(system, "::ffff:203.0.113.5", "203.0.113.5", "203.0.113.5:1234") == [200, 200, 429]


async def test_a_customer_with_many_ipv6_networks_has_ten_times_of_one():
    limits = Limits(InProcess(clock=lambda: 1000.0), 2)
    proxies = Proxies("127.0.0.1")

    async def refused(address: str) -> bool:
        name = proxies.origin((address, 1), "http", []).counted_as
        return await limits.refusal_of_address(name) is not None

    assert [await refused(f"2001:db8:1:{number:x}::1") for number in range(25)] == [False] * 20 + [True] * 5
    assert not await refused("2001:db8:2::1")
    assert [await refused(f"203.0.113.{number}") for number in range(25)] == [False] * 25


async def test_two_gateways_with_one_redis_count_together(
    alone: Settings, servers: Servers, redis_url: str, held_port: int
):
    person = await person_on(servers, "free")
    shared = alone.model_copy(update={"redis_url": redis_url})
    second = shared.model_copy(update={"gateway_port": held_port})
    async with (
        system_of_one(shared) as system,
        serve(Gateway(second)) as url,
        httpx.AsyncClient(timeout=20) as other,
    ):
        assert await statuses(system.client, 60, person.headers) == [200] * 60
        assert await statuses(other, 41, person.headers, url + "/data/x") == [200] * 40 + [429]
        assert await statuses(system.client, 1, person.headers) == [429]


@needs_redis
async def test_redis_that_goes_away_stops_nobody(alone: Settings, servers: Servers, held_port: int):
    person = await person_on(servers, "free")
    shared = alone.model_copy(update={"redis_url": f"redis://127.0.0.1:{held_port}"})
    async with system_of_one(shared) as system:
        with redis_server(held_port):
            assert await statuses(system.client, 100, person.headers) == [200] * 100
            assert await statuses(system.client, 1, person.headers) == [429]
        assert await statuses(system.client, 5, person.headers) == [200] * 5


async def hops(system: SystemOfOne, *forwarded: str) -> list[int]:
    answers = [await system.client.get("/mp/x", headers={"X-Forwarded-For": chain}) for chain in forwarded]
    return [answer.status_code for answer in answers]


async def add_key(dsn: str, person: Person) -> str:
    key = f"key-{uuid4().hex}"
    await execute(
        dsn,
        "insert into auth.api_key (tenant_id, api_key_id, name, key_hash, hint, scopes, created_by)"
        " values ($1, $2, 'a machine', $3, 'key', array['data:read'], $4)",
        person.tenant_id,
        uuid4(),
        hash_of_key(key),
        person.account_id,
    )
    return key


async def fetch(dsn: str, statement: str, value: object) -> UUID:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement, value)
    finally:
        await connection.close()
