"""Parse `ALLOW_PRIVATE_HOSTS`: the internal hosts, each with a port, that tenants may name."""

from common.host_name import plain_host

_PORTS = range(1, 65536)


def allowed_hosts(setting: str) -> frozenset[tuple[str, int]]:
    """Return the (host, port) pairs of a setting such as `mail.internal:587, 10.1.2.3:443, [fd00::5]:25`.

    An entry allows only exactly this host and port, not the same address under another name, nor another port.

    Raises:
        ValueError: an entry has no valid port, or no valid host.
    """
    return frozenset(_entry(entry.strip()) for entry in setting.split(",") if entry.strip())


def _entry(entry: str) -> tuple[str, int]:
    host, _, port = entry.rpartition(":")
    is_bare_ipv6 = ":" in host and not host.startswith("[")
    if not port.isdecimal() or not port.isascii() or int(port) not in _PORTS or is_bare_ipv6:
        message = f"ALLOW_PRIVATE_HOSTS: {entry!r} is not host:port ([address]:port for IPv6)"
        raise ValueError(message)
    return plain_host(host), int(port)
