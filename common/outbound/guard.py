"""Decide to which hosts a connection may go, and open connections only to those."""

import asyncio
import socket
from ipaddress import IPv4Address, ip_address

from common.allowed_hosts import allowed_hosts
from common.host_name import HostMalformed, plain_host
from common.logging import tenant_id_var
from common.outbound.public_address import is_public
from common.outbound.resolver import Address, Resolver
from common.settings import Settings

# One resolver for the process, whose cache and threads all tenants share.
RESOLVER = Resolver()


class HostRefused(OSError):
    """One of the host's addresses is not public, or the host is not written in its plain form."""


class Guard:
    """Checks hosts that a tenant names.

    At each connection, all addresses of the name are checked, and the connection goes to one of exactly these
    addresses. So a name that resolves to another address the next time (DNS rebinding) gains nothing.
    """

    def __init__(self, settings: Settings) -> None:
        self._allowed = allowed_hosts(settings.allow_private_hosts)

    def is_allowed(self, host: str, port: int) -> bool:
        """Return whether `ALLOW_PRIVATE_HOSTS` lists exactly this host and port."""
        return (host, port) in self._allowed

    async def addresses(self, text: str, port: int) -> list[Address]:
        """Return the addresses of a host, all of which may be connected to.

        Raises:
            HostRefused: one of them may not be connected to, or the host is not written in its plain form.
            OSError: the name could not be resolved.
        """
        try:
            host = plain_host(text)
        except HostMalformed as error:
            raise HostRefused(str(error)) from None
        found = await _addresses_of(host)
        if not self.is_allowed(host, port) and not all(is_public(address) for address in found):
            message = f"{host} is not a server of the internet: addresses of internal networks are not connected to"
            raise HostRefused(message)
        return found

    async def open_socket(self, text: str, port: int, timeout_seconds: float) -> socket.socket:
        """Return a connected socket, for protocols other than HTTP. Each address of the host is tried in turn.

        Raises:
            HostRefused: the host may not be connected to.
            OSError: the name could not be resolved, or no address accepted the connection in time (TimeoutError).
        """
        async with asyncio.timeout(timeout_seconds):
            addresses = await self.addresses(text, port)
            for number, address in enumerate(addresses, 1):
                try:
                    connection = await _connect(address, port)
                except OSError:
                    if number == len(addresses):
                        raise
                    continue
                try:
                    self.refuse_own_machine(text, port, connection.getsockname()[0], connection.getpeername()[0])
                except HostRefused:
                    connection.close()
                    raise
                return connection
        message = f"{text} has no address"
        raise OSError(message)

    def refuse_own_machine(self, text: str, port: int, local: str, peer: str) -> None:
        """Refuse a connection to this machine itself, before anything is sent through it.

        A machine reaches its own public address without passing its firewall. Such a connection has the same address
        at both ends.

        Raises:
            HostRefused: it is such a connection, and `ALLOW_PRIVATE_HOSTS` does not list it.
        """
        if local == peer and not self.is_allowed(plain_host(text), port):
            message = f"{text} is this machine itself"
            raise HostRefused(message)


async def _addresses_of(host: str) -> list[Address]:
    try:
        return [ip_address(host)]
    except ValueError:
        return await RESOLVER.addresses(host, tenant_id_var.get())


async def _connect(address: Address, port: int) -> socket.socket:
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(connection, (str(address), port))
    except BaseException:
        connection.close()
        raise
    return connection
