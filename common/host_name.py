"""Normalize host names to one plain form, so that comparing, resolving and connecting use the same host.

Forms that a check and a connection could interpret differently are refused: characters other than ASCII (such as
full-width digits or ideographic full stops; an international name is written in its xn-- form), IPv4 addresses in
octal, hexadecimal, single-number or short form, zone ids, percent signs, and labels with anything but letters, digits,
hyphens and underscores.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

_MAX_CHARACTERS = 253
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# Like browsers, treat a host whose last label is a number as an IPv4 address, possibly an invalid one.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class HostMalformed(ValueError):
    """The text is not a host in a form that is accepted."""


def plain_host(text: str) -> str:
    """Return a host in lower case without a final dot, and an IPv6 address in short form without brackets.

    Raises:
        HostMalformed: the host is written otherwise; the message says how to write it.
    """
    host = text.lower() if text.isascii() else ""
    if host.startswith("[") or ":" in host:
        return _ipv6(host)
    host = host.removesuffix(".")
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(host))
        except AddressValueError:
            raise HostMalformed("an IPv4 address is written as four decimal numbers") from None
    if len(host) > _MAX_CHARACTERS or not all(_LABEL.fullmatch(label) for label in labels):
        message = "not a server's name or address (an international name is written in its xn-- form)"
        raise HostMalformed(message)
    return host


def _ipv6(text: str) -> str:
    inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        address = IPv6Address(inner)
    except AddressValueError:
        raise HostMalformed("not an IPv6 address") from None
    if address.scope_id is not None:
        raise HostMalformed("an address with a zone is of this machine's own network")
    return str(address)
