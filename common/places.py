"""Settings that name places: what each may say."""

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
# As browsers write it: no path, nothing in capitals, no port that goes without saying.
_ORIGIN = re.compile(r"\*|(?!http://[^/]*:80$|https://[^/]*:443$)[a-z][a-z0-9+.-]*://[^/\s?#@*A-Z]+")


def parts_of(url: str) -> SplitResult | None:
    """The parts of an absolute http(s) URL that names just a place: no user, no fragment, nothing unprintable."""
    if _UNPRINTABLE.search(url) or "#" in url:
        return None
    try:
        parts = urlsplit(url)
        named = (
            parts.scheme in _HTTP_SCHEMES and bool(parts.hostname) and "@" not in parts.netloc and (parts.port or 1) > 0
        )
    except ValueError:
        return None
    return parts if named else None


def trusted_networks(setting: str) -> list[IPv4Network | IPv6Network]:
    """The networks of `TRUSTED_PROXIES`, such as `10.0.0.0/8, 192.168.1.4`; an address is a network of one.

    Raises:
        ValueError: an entry is neither.
    """
    return [_network(entry.strip()) for entry in setting.split(",") if entry.strip()]


def _network(entry: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(entry, strict=False)
    except ValueError:
        message = f"TRUSTED_PROXIES: {entry!r} is neither an address nor a network, such as 10.1.2.3 or 10.0.0.0/8"
        raise ValueError(message) from None


def check_redis_url(setting: str) -> None:
    """Judge `REDIS_URL`, without a word of what it says: it may hold a password.

    Raises:
        ValueError: no client could connect to it.
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
    """Judge `NATS_URL`, without a word of what it says: it may hold a password or token.

    Raises:
        ValueError: no client could connect to it.
    """
    try:
        url = urlsplit(setting if "://" in setting else f"nats://{setting}")
        good = url.scheme in _NATS_SCHEMES and bool(url.hostname) and url.port != 0 and "," not in url.netloc
    except ValueError:
        good = False
    if setting and not good:
        message = "NATS_URL: not the address of one server such as nats://host:4222 (it names the others by itself)"
        raise ValueError(message)


def check_database_url(setting: str) -> None:
    """Judge `DATABASE_URL`, without a word of what it says: it holds a password.

    Raises:
        ValueError: it is none, or asks for more than a user, a place and a database.
    """
    try:
        url = urlsplit(setting)
        good = url.scheme in _POSTGRES_SCHEMES and url.port != 0
    except ValueError:
        good = False
    if setting and not good:
        message = "DATABASE_URL: not an address such as postgresql://user:password@host:5432/database"
        raise ValueError(message)
    if "?" in setting:
        message = (
            "DATABASE_URL: takes no parameters behind a ?; how TLS is held to is said by PGSSLMODE and PGSSLROOTCERT"
            " in the environment"
        )
        raise ValueError(message)


def check_cors_origins(setting: str) -> None:
    """Judge `CORS_ORIGINS`: a browser's origin is compared to the letter.

    Raises:
        ValueError: an entry is nothing that a browser ever says.
    """
    for entry in setting.split(","):
        if entry.strip() and not _ORIGIN.fullmatch(entry.strip()):
            message = (
                f"CORS_ORIGINS: {entry.strip()!r} is no origin as browsers say it, such as https://app.example.com"
                " (in small letters, nothing behind the host but a port)"
            )
            raise ValueError(message)


def http_place(name: str) -> Callable[[str], None]:
    """Judge a setting of this name, to which paths are added.

    Raises:
        ValueError: what begins with it would lead nowhere.
    """

    def check(setting: str) -> None:
        if setting and (parts_of(setting) is None or "?" in setting):
            message = f"{name}: {setting!r} is no http(s):// address without user, query and fragment"
            raise ValueError(message)

    return check


# By the setting's name. What is wrong with a place is told at the start, not to the first person who needs it.
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
