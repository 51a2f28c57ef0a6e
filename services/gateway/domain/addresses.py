"""Determines the caller's address behind trusted proxies, and the name under which its requests are counted."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, NamedTuple

from common.places import trusted_networks

Address = IPv4Address | IPv6Address
# The network that a provider gives one customer, who can use all addresses in it.
_IPV6_PREFIX: Final = 64
# The network that some customers are given; it has 65,536 networks of the size above.
_IPV6_WIDE_PREFIX: Final = 48
# The end of the name under which an IPv6 address is counted.
IPV6_NETWORK: Final = f"/{_IPV6_PREFIX}"
_SCHEMES: Final = frozenset({"http", "https"})
_TLS: Final = ("https", "wss")
# If uvicorn itself trusted a forwarding header, it gives its address with this port; the real peer is this machine.
_PORT_OF_FORWARDED: Final = 0


class Origin(NamedTuple):
    """Where a request came from: the caller's address, the name it is counted under, and the scheme used.

    `host` is the host that a trusted proxy was asked for; None: the request's own `Host` applies.
    """

    address: str
    counted_as: str
    scheme: str
    host: bytes | None = None


class Proxies:
    """The proxies whose `X-Forwarded-*` headers are trusted: comma-separated addresses and networks."""

    def __init__(self, trusted: str) -> None:
        self._networks = trusted_networks(trusted)
        self._is_trusted = lru_cache(maxsize=4096)(self._look_up)

    def origin(self, client: tuple[str, int] | None, scheme: str, headers: list[tuple[bytes, bytes]]) -> Origin:
        """Return where a request came from: the last hop that is not a trusted proxy."""
        peer, port = client or ("", 1)
        scheme = "https" if scheme in _TLS else "http"
        if port == _PORT_OF_FORWARDED:
            peer, scheme = "127.0.0.1", "http"
        if not self._networks or not self._is_trusted(peer):
            return Origin(peer, _counted_as(peer), scheme)
        hops = b",".join(value for name, value in headers if name == b"x-forwarded-for")
        for hop in reversed(hops.decode("latin-1").split(",")):
            address = _without_port(hop.strip())
            if _parsed(address) is None:
                break
            peer = address
            if not self._is_trusted(address):
                break
        forwarded_scheme = _last(headers, b"x-forwarded-proto").decode("latin-1").lower()
        scheme = forwarded_scheme if forwarded_scheme in _SCHEMES else scheme
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
    """Return the name under which the wider network of an IPv6 network is counted."""
    network = ip_network(counted_as.removeprefix("address/"))
    return f"address/{network.supernet(new_prefix=_IPV6_WIDE_PREFIX)}"


def _without_port(hop: str) -> str:
    """Remove the port, which some proxies write: `1.2.3.4:5678`, `[2001:db8::1]:5678`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _last(headers: list[tuple[bytes, bytes]], name: bytes) -> bytes:
    return next((value for header, value in reversed(headers) if header == name), b"")
