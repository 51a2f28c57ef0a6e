"""Which addresses are servers of the internet.

Own tables instead of `ipaddress.is_global`, whose answer changes with the version of Python and which knows neither
tunnels nor what clouds keep at public addresses. Sources: IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890
and its updates). Stricter than `is_global` where it calls global:

- 224.0.0.0/4 and ff00::/8 (multicast), 192.0.0.9 and .10 (anycast of protocols, no servers);
- 6to4 (2002::/16, 192.88.99.0/24), Teredo and the rest of 2001::/23, ORCHID, SRv6: tunnels and identifiers, some of
  which carry an IPv4 address inside, and no server of today has one;
- every IPv6 address outside 2000::/3, the only block that was given out to the internet: so also IPv4-mapped,
  IPv4-compatible and IPv4-translated ones;
- 168.63.129.16, where a cloud keeps its machines' own services.

Only NAT64 (64:ff9b::/96) is judged by the IPv4 address in it: behind DNS64 that is how public IPv4 servers are reached.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_NOT_PUBLIC_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network; on Linux 0.0.0.0 is this machine
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' NAT; clouds' services too
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",  # link-local: 169.254.169.254 hands out machines' credentials
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4's relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_GIVEN_OUT_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo, benchmarking, ORCHID, …
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether a server of the internet can have this address."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GIVEN_OUT_6 and not any(address in network for network in _NOT_PUBLIC_6)
