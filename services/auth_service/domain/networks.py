"""Under which names an address is counted: what one line is given, and what one customer may be given."""

import hashlib
from ipaddress import IPv4Address, IPv6Address, ip_address

_LINE, _CUSTOMER = 64, 48


def network_of(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 address, which is what one line or one machine is given."""
    found = _parsed(address)
    if isinstance(found, IPv6Address):
        return f"{int(found) >> (128 - _LINE):x}"
    return str(found) if found else hashlib.sha256(address.encode(errors="surrogatepass")).hexdigest()[:32]


def wide_network_of(address: str) -> str | None:
    """The /48 of an IPv6 address, of whose 65,536 /64 one customer may use all; None for others."""
    found = _parsed(address)
    return f"{int(found) >> (128 - _CUSTOMER):x}/48" if isinstance(found, IPv6Address) else None


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
