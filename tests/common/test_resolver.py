"""Looking hosts up: one that never answers holds one thread, and one tenant's hosts a few."""

import asyncio
import threading
from ipaddress import IPv4Address

import pytest

from common.outbound.resolver import Address, Resolver, TooManyLookUps

HERE = IPv4Address("192.0.43.8")


class NameServers:
    """Answer at once for every host but those of `silent.example`, which they answer once `answers` is set."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers = threading.Event()

    def look_up(self, host: str) -> list[Address]:
        self.asked.append(host)
        if host.endswith("silent.example"):
            self.answers.wait(10)
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
        async with asyncio.timeout(5):
            assert await resolver.addresses("shop.example") == [HERE]
        # Who gives up does not take it from the others.
        waiting.pop().cancel()
        assert await resolver.addresses("other.example") == [HERE]
    finally:
        servers.answers.set()
    assert await asyncio.gather(*waiting) == [[HERE]] * 19
    assert servers.asked == ["silent.example", "shop.example", "other.example"]


async def test_hosts_of_one_tenant_that_never_answer_leave_the_other_threads_to_others() -> None:
    servers = NameServers()
    resolver = Resolver(servers.look_up, threads=3, per_tenant=2)
    waiting = [asyncio.create_task(resolver.addresses(f"{n}.silent.example", "evil")) for n in (1, 2)]
    await asyncio.sleep(0)
    try:
        with pytest.raises(TooManyLookUps):
            await resolver.addresses("3.silent.example", "evil")
        async with asyncio.timeout(5):
            assert await resolver.addresses("shop.example", "good") == [HERE]
        # What another one has had looked up, or has looked up now, is nobody's share.
        assert await resolver.addresses("shop.example", "evil") == [HERE]
    finally:
        servers.answers.set()
    assert await asyncio.gather(*waiting) == [[HERE]] * 2
    assert await resolver.addresses("4.silent.example", "evil") == [HERE]


async def test_an_answer_serves_for_seconds_also_that_nobody_has_the_name() -> None:
    servers = NameServers()
    resolver = Resolver(servers.look_up)
    for _ in range(3):
        await resolver.addresses("shop.example")
        with pytest.raises(OSError, match="nobody"):
            await resolver.addresses("nobody.example")
    assert servers.asked == ["shop.example", "nobody.example"]
    forgetful = Resolver(servers.look_up, kept_seconds=0)
    for _ in range(2):
        await forgetful.addresses("moved.example")
        with pytest.raises(OSError, match="nobody"):
            await forgetful.addresses("nobody.example")
    assert servers.asked[2:] == ["moved.example", "nobody.example"] * 2
