"""Decide which addresses belong to servers on the internet.

`ipaddress.is_global` is not used, because its answer changes with the version of Python, and because it knows neither
tunnels nor the internal services that clouds place at public addresses. The tables here follow IANA's special-purpose
registries for IPv4 and IPv6 (RFC 6890 and its updates). They exclude some addresses that `is_global` calls global:

- 224.0.0.0/4 and ff00::/8 (multicast), 192.0.0.9 and .10 (anycast addresses of protocols, not of servers);
- 6to4 (2002::/16, 192.88.99.0/24), Teredo and the rest of 2001::/23, ORCHID, SRv6: tunnels and identifiers, some of
  which contain an IPv4 address; no server today has such an address;
- every IPv6 address outside 2000::/3, the only block allocated to the internet. This excludes IPv4-mapped,
  IPv4-compatible and IPv4-translated addresses too;
- 168.63.129.16, where a cloud offers internal services to its machines.

A NAT64 address (64:ff9b::/96) is classified by the IPv4 address that it contains, because networks with DNS64 reach
public IPv4 servers by such addresses.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_NOT_PUBLIC_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network; on Linux 0.0.0.0 is this machine
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; also used for clouds' services
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",  # link-local; clouds serve machines' credentials at 169.254.169.254
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",
        "240.0.0.0/4",  # reserved; includes broadcast
    )
)
_ALLOCATED_6 = IPv6Network("2000::/3")
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
    """Return whether a server on the internet can have this address."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _ALLOCATED_6 and not any(address in network for network in _NOT_PUBLIC_6)
