"""The one judgement of where a connection may go, and connections that go nowhere else."""

import asyncio
import socket
from ipaddress import IPv4Address, ip_address

from common.allowed_hosts import allowed_hosts
from common.host_name import HostMalformed, plain_host
from common.logging import tenant_id_var
from common.outbound.public_address import is_public
from common.outbound.resolver import Address, Resolver
from common.settings import Settings

# One of the process: what it knows of hosts, and its threads, are all tenants'.
RESOLVER = Resolver()


class HostRefused(OSError):
    """The host leads, also, to an address that is not one of the internet; or is not written as one."""


class Guard:
    """Judges hosts that a tenant names.

    For each connection all of a name's addresses are judged, and it is made to one of these very addresses: a name that
    answers otherwise the next time gains nothing.
    """

    def __init__(self, settings: Settings) -> None:
        self._allowed = allowed_hosts(settings.allow_private_hosts)

    def is_allowed(self, host: str, port: int) -> bool:
        """Whether `ALLOW_PRIVATE_HOSTS` names exactly this place."""
        return (host, port) in self._allowed

    async def addresses(self, text: str, port: int) -> list[Address]:
        """The addresses of a host, all of which may be connected to.

        Raises:
            HostRefused: one of them may not, or the host is not written plainly.
            OSError: nobody has that name.
        """
        try:
            host = plain_host(text)
        except HostMalformed as wrong:
            raise HostRefused(str(wrong)) from None
        found = await _addresses_of(host)
        if not self.is_allowed(host, port) and not all(is_public(address) for address in found):
            message = f"{host} is not a server of the internet: addresses of internal networks are not connected to"
            raise HostRefused(message)
        return found

    async def open_socket(self, text: str, port: int, timeout_seconds: float) -> socket.socket:
        """A connected socket, for protocols that are not HTTP.

        Raises:
            HostRefused: the place may not be connected to.
            OSError: nobody has that name, or nobody answers in time (TimeoutError).
        """
        async with asyncio.timeout(timeout_seconds):
            addresses = await self.addresses(text, port)
            for number, address in enumerate(addresses, 1):
                try:
                    opened = await _connected(address, port)
                except OSError:
                    if number == len(addresses):
                        raise
                    continue
                try:
                    self.refuse_itself(text, port, opened.getsockname()[0], opened.getpeername()[0])
                except HostRefused:
                    opened.close()
                    raise
                return opened
        message = f"{text} has no address"
        raise OSError(message)

    def refuse_itself(self, text: str, port: int, own: str, other: str) -> None:
        """Refuse a connection that never left this machine, before a byte is sent through it.

        A machine reaches its own public address without its firewall. Such a connection has one address at both ends.

        Raises:
            HostRefused: it is such a one, and not allowed.
        """
        if own == other and not self.is_allowed(plain_host(text), port):
            message = f"{text} is this machine itself"
            raise HostRefused(message)


async def _addresses_of(host: str) -> list[Address]:
    try:
        return [ip_address(host)]
    except ValueError:
        return await RESOLVER.addresses(host, tenant_id_var.get())


async def _connected(address: Address, port: int) -> socket.socket:
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(opened, (str(address), port))
    except BaseException:
        opened.close()
        raise
    return opened
