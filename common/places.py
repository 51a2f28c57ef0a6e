"""Settings that name places: what each may say."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from common.sign_in_providers import place_of

_REDIS_SCHEMES = ("redis", "rediss", "valkey", "valkeys", "unix")


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


def check_wording_url(setting: str) -> None:
    """Judge `WORDING_URL`, to which `/chat/completions` is added.

    Raises:
        ValueError: nothing could be asked there.
    """
    if setting and (place_of(setting) is None or "?" in setting):
        message = f"WORDING_URL: {setting!r} is no http(s):// address without user, query and fragment"
        raise ValueError(message)


def check_frontend_url(setting: str) -> None:
    """Judge `FRONTEND_URL`, to which the paths of mailed links are added.

    Raises:
        ValueError: a link that begins with it would lead nowhere.
    """
    if setting and (place_of(setting) is None or "?" in setting):
        message = f"FRONTEND_URL: {setting!r} is no http(s):// address without user, query and fragment"
        raise ValueError(message)
