"""Check the form of URLs that tenants set, before their host is resolved."""

import re
from typing import NamedTuple

import httpx

from common.host_name import HostMalformed, plain_host

_MAX_CHARACTERS = 2048
# Clients interpret these characters differently: some drop them, others end the host there.
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\]")
_AUTHORITY = re.compile(r"[a-z]+://([^/?#]*)", re.IGNORECASE)
_DEFAULT_PORTS = {"https": 443, "http": 80}
_PORTS = range(1, 65536)


class UrlRefused(ValueError):
    """The URL may not be connected to; the message says why."""


class Place(NamedTuple):
    """The host of a URL, in the plain form of `plain_host`, and its port."""

    host: str
    port: int


def place_of(url: str, *, allow_http: bool = False) -> Place:
    """Return the host and port of an https URL, or also of an http URL if allowed.

    Raises:
        UrlRefused: the scheme is not allowed, the URL is malformed or contains credentials, or the host is not in its
            plain form.
    """
    if len(url) > _MAX_CHARACTERS or not url.isascii() or _AMBIGUOUS.search(url):
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
    port = parts.port if parts.port is not None else _DEFAULT_PORTS[parts.scheme]
    if port not in _PORTS:
        raise UrlRefused("a port is between 1 and 65535")
    try:
        return Place(plain_host(parts.host), port)
    except HostMalformed as error:
        raise UrlRefused(str(error)) from None
