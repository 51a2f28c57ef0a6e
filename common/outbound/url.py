"""Which URLs a tenant may set at all, whatever their host leads to."""

import re
from typing import NamedTuple

import httpx

from common.host_name import HostMalformed, plain_host

_MOST_CHARACTERS = 2048
# What clients disagree about: some drop it, some end the host at it.
_UNPLAIN = re.compile(r"[\x00-\x20\x7f\\]")
_AUTHORITY = re.compile(r"[a-z]+://([^/?#]*)", re.IGNORECASE)
_USUAL_PORTS = {"https": 443, "http": 80}
_PORTS = range(1, 65536)


class UrlRefused(ValueError):
    """Not a URL that is connected to, saying why."""


class Place(NamedTuple):
    """Where a URL leads: a host in its plain spelling, and a port."""

    host: str
    port: int


def place_of(url: str, *, allow_http: bool = False) -> Place:
    """The place that an https URL (or http one, where allowed) names.

    Raises:
        UrlRefused: another scheme, a sign-in within the URL, or a host that is not written plainly.
    """
    if len(url) > _MOST_CHARACTERS or not url.isascii() or _UNPLAIN.search(url):
        raise UrlRefused("a URL is at most 2048 characters of ASCII, without blanks and backslashes")
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL as error:
        message = f"not a URL: {error}"
        raise UrlRefused(message) from None
    if parts.scheme != "https" and not (allow_http and parts.scheme == "http"):
        raise UrlRefused("the URL must begin with https://" + (" or http://" if allow_http else ""))
    authority = _AUTHORITY.match(url)
    if authority is None or "@" in authority[1]:
        raise UrlRefused("a name and password have no place in a URL")
    port = parts.port if parts.port is not None else _USUAL_PORTS[parts.scheme]
    if port not in _PORTS:
        raise UrlRefused("a port is between 1 and 65535")
    try:
        return Place(plain_host(parts.host), port)
    except HostMalformed as wrong:
        raise UrlRefused(str(wrong)) from None
