"""Paths in one plain form, so that a service cannot see another path than the one that was judged.

Everything that two parsers might read differently is refused rather than repaired: empty segments, `.` and `..`
however written, encoded slashes, backslashes and percent signs that would decode twice, matrix parameters, control
characters, anything that is not ASCII on the wire.
"""

import re
from urllib.parse import unquote_to_bytes

from services.gateway.errors import PathRefused

# A path of these characters without `//`, `/./`, `/../` means the same to everyone: the common case, judged in one go.
_UNUSUAL = re.compile(rb"[^A-Za-z0-9/_~.:@!$&'()*+,=-]|//|/\.{1,2}(?:/|\Z)")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
# Encoded or plain, these change where a path leads: / \ . ; % and control characters.
_DANGEROUS_ESCAPE = re.compile(rb"%(?:2f|5c|2e|3b|7f|[01][0-9a-f])", re.IGNORECASE)
_DECODES_AGAIN = re.compile(rb"%[0-9A-Fa-f]{2}")
_DANGEROUS_PLAIN = re.compile(rb"[\x00-\x20\x7f-\xff\\;#?]|//|/\.{1,2}(?:/|\Z)")


def judged_path(raw_path: bytes) -> str:
    """The decoded path, once it is certain that it has one meaning only.

    Raises:
        PathRefused: it could be read in two ways.
    """
    if raw_path[:1] == b"/" and not _UNUSUAL.search(raw_path):
        return raw_path.decode("ascii")
    if raw_path[:1] != b"/":
        message = "a path begins with a slash"
        raise PathRefused(message)
    if _DANGEROUS_PLAIN.search(raw_path) or _BAD_ESCAPE.search(raw_path) or _DANGEROUS_ESCAPE.search(raw_path):
        message = "no empty segments, dots, encoded slashes, matrix parameters or control characters in a path"
        raise PathRefused(message)
    decoded = unquote_to_bytes(raw_path)
    if _DECODES_AGAIN.search(decoded):
        message = "a path is encoded once only"
        raise PathRefused(message)
    try:
        return decoded.decode("utf-8")
    except UnicodeDecodeError as error:
        message = "a path is UTF-8"
        raise PathRefused(message) from error
