"""Checks that a path has only one meaning, so that a service cannot see another path than the one that was checked.

Everything that two parsers might read differently is refused, not repaired: empty segments, `.` and `..` in any
encoding, encoded slashes and backslashes, percent signs that would decode twice, matrix parameters, control characters,
and anything but ASCII on the wire.
"""

import re
from urllib.parse import unquote_to_bytes

from services.gateway.errors import PathRefused

# A path of only these characters, without `//`, `/./`, `/../`, is unambiguous. This is the common case, and one check.
_UNUSUAL = re.compile(rb"[^A-Za-z0-9/_~.:@!$&'()*+,=-]|//|/\.{1,2}(?:/|\Z)")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
# These characters change where a path leads, encoded or not: / \ . ; % and control characters.
_DANGEROUS_ESCAPE = re.compile(rb"%(?:2f|5c|2e|3b|7f|[01][0-9a-f])", re.IGNORECASE)
_DECODES_AGAIN = re.compile(rb"%[0-9A-Fa-f]{2}")
_DANGEROUS_PLAIN = re.compile(rb"[\x00-\x20\x7f-\xff\\;#?]|//|/\.{1,2}(?:/|\Z)")


def judged_path(raw_path: bytes) -> str:
    """Return the decoded path, if it has only one meaning.

    Raises:
        PathRefused: the path could be read in two ways.
    """
    if raw_path[:1] == b"/" and not _UNUSUAL.search(raw_path):
        return raw_path.decode("ascii")
    if raw_path[:1] != b"/":
        message = "a path must begin with a slash"
        raise PathRefused(message)
    if _DANGEROUS_PLAIN.search(raw_path) or _BAD_ESCAPE.search(raw_path) or _DANGEROUS_ESCAPE.search(raw_path):
        message = "a path must not have empty segments, dots, encoded slashes, matrix parameters or control characters"
        raise PathRefused(message)
    decoded = unquote_to_bytes(raw_path)
    if _DECODES_AGAIN.search(decoded):
        message = "a path must be encoded only once"
        raise PathRefused(message)
    try:
        return decoded.decode("utf-8")
    except UnicodeDecodeError as error:
        message = "a path must be UTF-8"
        raise PathRefused(message) from error
