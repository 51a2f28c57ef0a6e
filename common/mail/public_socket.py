"""Connecting to a server of the internet only: to none of the installation's own network.

The address that was looked at is the one that is connected to, so a name that changes its mind in between gains
nothing.
"""

import asyncio
import socket
from ipaddress import IPv6Address, ip_address

from common.mail.outcome import ServerAway


async def public_socket(server: str, port: int, timeout_seconds: float) -> socket.socket:
    """A connected socket.

    Raises:
        ServerAway: the name leads, also, to an address that is not public.
        OSError, UnicodeError: nobody has that name, or nobody answers in time (TimeoutError).
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(timeout_seconds):
        found = await loop.getaddrinfo(server, port, type=socket.SOCK_STREAM)
        if not all(is_public(str(place[0])) for *_, place in found):
            message = f"{server} is not a server of the internet: addresses of internal networks are not connected to"
            raise ServerAway(message)
        for number, (family, *_, place) in enumerate(found, 1):
            try:
                return await _connected(family, place)
            except OSError:
                if number == len(found):
                    raise
    message = f"{server} has no address"
    raise OSError(message)


def is_public(text: str) -> bool:
    """Whether an address is neither loopback, private, link-local nor any other that the internet does not know."""
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_global and not address.is_multicast


async def _connected(family: int, place: tuple[object, ...]) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(opened, place)
    except BaseException:
        opened.close()
        raise
    return opened
