"""Looking hosts up: one that never answers holds one thread, and one tenant's hosts a few."""

import asyncio
import threading
from ipaddress import IPv4Address

import pytest

from common.logging import tenant_id_var
from common.outbound import guard as guarding
from common.outbound import resolver as resolving
from common.outbound.resolver import Address, Resolver, TooManyLookUps
from common.settings import Settings

HERE = IPv4Address("192.0.43.8")


class NameServers:
    """Answer at once for every host but those of `silent.example`, which they answer once `answers` is set."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers = threading.Event()

    def look_up(self, host: str) -> list[Address]:
        self.asked.append(host)
        if host.endswith("silent.example"):
            self.answers.wait(60)
        if host == "nobody.example":
            raise OSError("nobody has that name")
        return [HERE]


async def test_a_host_that_never_answers_leaves_the_other_threads_to_others() -> None:
    servers = NameServers()
    resolver = Resolver(servers.look_up, threads=2)
    waiting = [asyncio.create_task(resolver.addresses("silent.example")) for _ in range(20)]
    # (they begin before this one goes on)
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(20):
            assert await resolver.addresses("shop.example") == [HERE]
        # Who gives up does not take it from the others.
        waiting.pop().cancel()
        assert await resolver.addresses("other.example") == [HERE]
    finally:
        servers.answers.set()
    assert await asyncio.gather(*waiting) == [[HERE]] * 19
    # (threads begin in any order)
    assert sorted(servers.asked) == ["other.example", "shop.example", "silent.example"]


async def test_hosts_of_one_tenant_that_never_answer_leave_the_other_threads_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    servers = NameServers()
    resolver = Resolver(servers.look_up, threads=3, per_tenant=2)
    waiting = [asyncio.create_task(resolver.addresses(f"{n}.silent.example", "evil")) for n in (1, 2)]
    await asyncio.sleep(0)
    try:
        third = asyncio.create_task(resolver.addresses("3.silent.example", "evil"))
        async with asyncio.timeout(20):
            assert await resolver.addresses("shop.example", "good") == [HERE]
        # Further ones wait for their turn, so many at most; nobody else waits with them.
        own = asyncio.create_task(resolver.addresses("its.example", "evil"))
        await asyncio.sleep(0)
        async with asyncio.timeout(20):
            assert await resolver.addresses("its.example", "good") == [HERE]
        assert not own.done()
        assert (third.done(), "3.silent.example" in servers.asked) == (False, False)
        monkeypatch.setattr(resolving, "_MOST_WAITING", 2)
        with pytest.raises(TooManyLookUps):
            await resolver.addresses("4.silent.example", "evil")
        # What another one has had looked up, or has looked up now, is nobody's share.
        assert await resolver.addresses("shop.example", "evil") == [HERE]
    finally:
        servers.answers.set()
    assert await asyncio.gather(*waiting, third, own) == [[HERE]] * 4
    assert await resolver.addresses("4.silent.example", "evil") == [HERE]


async def test_more_hosts_than_a_tenants_share_are_all_looked_up_where_their_servers_answer() -> None:
    resolver = Resolver(NameServers().look_up, per_tenant=2)
    asked = (resolver.addresses(f"{n}.example", "agency") for n in range(50))
    assert await asyncio.gather(*asked) == [[HERE]] * 50


async def test_a_guard_counts_hosts_by_the_tenant_at_work(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    servers = NameServers()
    monkeypatch.setattr(guarding, "RESOLVER", Resolver(servers.look_up, threads=2, per_tenant=1))

    async def addresses(tenant: str, host: str) -> list[Address]:
        tenant_id_var.set(tenant)
        return await guarding.Guard(settings).addresses(host, 443)

    silent = asyncio.create_task(addresses("one", "silent.example"))
    await asyncio.sleep(0)
    own = asyncio.create_task(addresses("one", "own.example"))
    try:
        async with asyncio.timeout(20):
            assert await asyncio.create_task(addresses("other", "shop.example")) == [HERE]
        assert sorted(servers.asked) == ["shop.example", "silent.example"]
    finally:
        servers.answers.set()
    assert await asyncio.gather(silent, own) == [[HERE]] * 2


async def test_an_answer_serves_for_seconds_also_that_nobody_has_the_name() -> None:
    servers = NameServers()
    resolver = Resolver(servers.look_up)
    for _ in range(3):
        await resolver.addresses("shop.example")
        with pytest.raises(OSError, match="nobody"):
            await resolver.addresses("nobody.example")
    assert servers.asked == ["shop.example", "nobody.example"]
    forgetful = Resolver(servers.look_up, cache_seconds=0)
    for _ in range(2):
        await forgetful.addresses("moved.example")
        with pytest.raises(OSError, match="nobody"):
            await forgetful.addresses("nobody.example")
    assert servers.asked[2:] == ["moved.example", "nobody.example"] * 2
