"""Name the networks under which rate limits count an IP address.

A /64 is what a provider assigns to one line, a /48 what it may assign to one customer.
"""

import hashlib
from ipaddress import IPv4Address, IPv6Address, ip_address

_LINE_PREFIX, _CUSTOMER_PREFIX = 64, 48


def network_of(address: str) -> str:
    """Return an IPv4 address, or the /64 of an IPv6 address, which one line or one machine is given.

    Text that is not an IP address is hashed.
    """
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return f"{int(parsed) >> (128 - _LINE_PREFIX):x}"
    return str(parsed) if parsed else hashlib.sha256(address.encode(errors="surrogatepass")).hexdigest()[:32]


def wide_network_of(address: str) -> str | None:
    """Return the /48 of an IPv6 address, all of whose 65,536 /64 networks one customer may use; None for others."""
    parsed = _parsed(address)
    return f"{int(parsed) >> (128 - _CUSTOMER_PREFIX):x}/48" if isinstance(parsed, IPv6Address) else None


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
