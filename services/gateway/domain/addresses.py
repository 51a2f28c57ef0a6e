"""Whose address a request came from, where proxies stand between, and under which name that address is counted."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, NamedTuple

from common.places import trusted_networks

Address = IPv4Address | IPv6Address
# What a provider gives one customer: whoever has one such address has all of its network.
_IPV6_PREFIX: Final = 64
# And what some customers are given: a /64 each for 65,536 lines.
_IPV6_WIDE_PREFIX: Final = 48
# How the name ends under which an IPv6 address is counted.
IPV6_NETWORK: Final = f"/{_IPV6_PREFIX}"
_SCHEMES: Final = frozenset({"http", "https"})
_TLS: Final = ("https", "wss")
# uvicorn, where it believed a header itself, gives the address it read and this port; the real peer is this machine.
_BELIEVED_BY_UVICORN: Final = 0


class Origin(NamedTuple):
    """Where a request came from: the caller's address, its name for counting, and what they asked of a proxy.

    `host` is what a trusted proxy says was asked for; None where the request's own `Host` is.
    """

    address: str
    counted_as: str
    scheme: str
    host: bytes | None = None


class Proxies:
    """The proxies whose `X-Forwarded-For` is believed: addresses and networks, separated by commas."""

    def __init__(self, trusted: str) -> None:
        self._networks = trusted_networks(trusted)
        self._is_trusted = lru_cache(maxsize=4096)(self._look_up)

    def origin(self, client: tuple[str, int] | None, scheme: str, headers: list[tuple[bytes, bytes]]) -> Origin:
        """Where a request with these headers came from: the last hop that no trusted proxy vouches for."""
        peer, port = client or ("", 1)
        scheme = "https" if scheme in _TLS else "http"
        if port == _BELIEVED_BY_UVICORN:
            peer, scheme = "127.0.0.1", "http"
        if not self._networks or not self._is_trusted(peer):
            return Origin(peer, _counted_as(peer), scheme)
        given = b",".join(value for name, value in headers if name == b"x-forwarded-for")
        for hop in reversed(given.decode("latin-1").split(",")):
            address = _without_port(hop.strip())
            if _parsed(address) is None:
                break
            peer = address
            if not self._is_trusted(address):
                break
        told = _last(headers, b"x-forwarded-proto").decode("latin-1").lower()
        scheme = told if told in _SCHEMES else scheme
        return Origin(peer, _counted_as(peer), scheme, _last(headers, b"x-forwarded-host") or None)

    def _look_up(self, peer: str) -> bool:
        address = _parsed(peer)
        return address is not None and any(address in network for network in self._networks)


def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(maxsize=65_536)
def _counted_as(address: str) -> str:
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return f"address/{ip_network((int(parsed), _IPV6_PREFIX), strict=False)}"
    return f"address/{parsed or 'unknown'}"


@lru_cache(maxsize=65_536)
def wide_network(counted_as: str) -> str:
    """The name for counting of the wider network that an IPv6 network lies in."""
    network = ip_network(counted_as.removeprefix("address/"))
    return f"address/{network.supernet(new_prefix=_IPV6_WIDE_PREFIX)}"


def _without_port(hop: str) -> str:
    """`1.2.3.4:5678` and `[2001:db8::1]:5678` are written by some proxies."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _last(headers: list[tuple[bytes, bytes]], wanted: bytes) -> bytes:
    return next((value for name, value in reversed(headers) if name == wanted), b"")
