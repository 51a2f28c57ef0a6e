"""What may be written as a host, in one spelling: whoever compares, resolves and connects must mean the same.

Refused are the spellings by which a judgement and a connection can come to differ: other than ASCII (a full-width
digit, an ideographic full stop; an international name is written in its xn-- form), IPv4 in octal, hexadecimal, one
number or short form, zone ids, percent signs, anything but letters, digits, hyphens and underscores between dots.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

_MOST_CHARACTERS = 253
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# As browsers judge it: who ends in a number is an IPv4 address, or wants to be one.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class HostMalformed(ValueError):
    """Not a host in its one plain spelling."""


def plain_host(text: str) -> str:
    """A host in lower case, without the dot that may end it; an IPv6 address without brackets, in its short form.

    Raises:
        HostMalformed: saying how it is to be written.
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
    if len(host) > _MOST_CHARACTERS or not all(_LABEL.fullmatch(label) for label in labels):
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
