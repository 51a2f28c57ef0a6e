"""Check settings that contain addresses, such as URLs, hosts and networks."""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from common.allowed_hosts import allowed_hosts
from common.stand_ins import stand_in_places

_HTTP_SCHEMES = ("http", "https")
_REDIS_SCHEMES = ("redis", "rediss", "valkey", "valkeys", "unix")
_NATS_SCHEMES = ("nats", "tls", "ws", "wss")
_POSTGRES_SCHEMES = ("postgres", "postgresql", "postgresql+asyncpg")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f\\]")
# An origin as browsers send it: without a path, in lower case, and without a default port.
_ORIGIN = re.compile(r"\*|(?!http://[^/]*:80$|https://[^/]*:443$)[a-z][a-z0-9+.-]*://[^/\s?#@*A-Z]+")


def parts_of(url: str) -> SplitResult | None:
    """Split an absolute http(s) URL; None if it is invalid or has a user, a fragment or unprintable characters."""
    if _UNPRINTABLE.search(url) or "#" in url:
        return None
    try:
        parts = urlsplit(url)
        is_valid = (
            parts.scheme in _HTTP_SCHEMES and bool(parts.hostname) and "@" not in parts.netloc and (parts.port or 1) > 0
        )
    except ValueError:
        return None
    return parts if is_valid else None


def trusted_networks(setting: str) -> list[IPv4Network | IPv6Network]:
    """Return the networks of `TRUSTED_PROXIES`, such as `10.0.0.0/8, 192.168.1.4`.

    A single address counts as a network with one address.

    Raises:
        ValueError: an entry is neither an address nor a network.
    """
    return [_network(entry.strip()) for entry in setting.split(",") if entry.strip()]


def _network(entry: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(entry, strict=False)
    except ValueError:
        message = f"TRUSTED_PROXIES: {entry!r} is neither an address nor a network, such as 10.1.2.3 or 10.0.0.0/8"
        raise ValueError(message) from None


def check_redis_url(setting: str) -> None:
    """Check `REDIS_URL`.

    Raises:
        ValueError: no client could connect to it. The message does not repeat it, because it may contain a password.
    """
    if setting and not _is_redis(setting):
        message = f"REDIS_URL: not an address such as redis://host:6379/0 ({', '.join(_REDIS_SCHEMES)})"
        raise ValueError(message)


def _is_redis(address: str) -> bool:
    try:
        url = urlsplit(address)
        place = url.path if url.scheme == "unix" else url.hostname and url.port != 0
    except ValueError:
        return False
    return bool(place) and url.scheme in _REDIS_SCHEMES


def check_nats_url(setting: str) -> None:
    """Check `NATS_URL`.

    Raises:
        ValueError: no client could connect to it. The message does not repeat it, because it may contain a secret.
    """
    try:
        url = urlsplit(setting if "://" in setting else f"nats://{setting}")
        is_valid = url.scheme in _NATS_SCHEMES and bool(url.hostname) and url.port != 0 and "," not in url.netloc
    except ValueError:
        is_valid = False
    if setting and not is_valid:
        message = "NATS_URL: not the address of one server such as nats://host:4222 (it names the others by itself)"
        raise ValueError(message)


def check_database_url(setting: str) -> None:
    """Check `DATABASE_URL`.

    Raises:
        ValueError: it is not a Postgres URL, or has parameters. The message does not repeat it, because it contains a
            password.
    """
    try:
        url = urlsplit(setting)
        is_valid = url.scheme in _POSTGRES_SCHEMES and url.port != 0
    except ValueError:
        is_valid = False
    if setting and not is_valid:
        message = "DATABASE_URL: not an address such as postgresql://user:password@host:5432/database"
        raise ValueError(message)
    if "?" in setting:
        message = (
            "DATABASE_URL: takes no parameters behind a ?; how TLS is held to is said by PGSSLMODE and PGSSLROOTCERT"
            " in the environment"
        )
        raise ValueError(message)


def check_cors_origins(setting: str) -> None:
    """Check `CORS_ORIGINS`, which are compared literally with the origins that browsers send.

    Raises:
        ValueError: an entry is not in the form in which browsers send origins.
    """
    for entry in setting.split(","):
        if entry.strip() and not _ORIGIN.fullmatch(entry.strip()):
            message = (
                f"CORS_ORIGINS: {entry.strip()!r} is no origin as browsers say it, such as https://app.example.com"
                " (in small letters, nothing behind the host but a port)"
            )
            raise ValueError(message)


def http_place(name: str) -> Callable[[str], None]:
    """Return a check for the setting of this name, a base URL to which paths are appended.

    The check raises ValueError if the URL is invalid, or has a user, a query or a fragment.
    """

    def check(setting: str) -> None:
        if setting and (parts_of(setting) is None or "?" in setting):
            message = f"{name}: {setting!r} is no http(s):// address without user, query and fragment"
            raise ValueError(message)

    return check


# The checks by the name of the setting. They run at the start, so that a mistake is found before somebody needs the
# address.
CHECKS_OF_PLACES: Final[dict[str, Callable[[str], object]]] = {
    "allow_private_hosts": allowed_hosts,
    "cors_origins": check_cors_origins,
    "database_url": check_database_url,
    "nats_url": check_nats_url,
    "redis_url": check_redis_url,
    "stand_ins": stand_in_places,
    "trusted_proxies": trusted_networks,
    **{
        name: http_place(name.upper())
        for name in ("base_url", "frontend_url", "meta_graph_url", "s3_endpoint", "wording_url")
    },
}
