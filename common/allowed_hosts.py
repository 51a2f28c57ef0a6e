"""`ALLOW_PRIVATE_HOSTS`: the few places of the own network that tenants may name, each a host with its port."""

from common.host_name import plain_host

_PORTS = range(1, 65536)


def allowed_hosts(setting: str) -> frozenset[tuple[str, int]]:
    """The (host, port) pairs of a setting such as `mail.internal:587, 10.1.2.3:443, [fd00::5]:25`.

    Each opens exactly what it says: the same address under another name, or the same host at another port, stays shut.

    Raises:
        ValueError: an entry has no port, or no host.
    """
    return frozenset(_entry(entry.strip()) for entry in setting.split(",") if entry.strip())


def _entry(entry: str) -> tuple[str, int]:
    host, _, port = entry.rpartition(":")
    is_bare_ipv6 = ":" in host and not host.startswith("[")
    if not port.isdecimal() or not port.isascii() or int(port) not in _PORTS or is_bare_ipv6:
        message = f"ALLOW_PRIVATE_HOSTS: {entry!r} is not host:port ([address]:port for IPv6)"
        raise ValueError(message)
    return plain_host(host), int(port)
