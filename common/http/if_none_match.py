"""Evaluate `If-None-Match`, by which a client names the answers that it already has."""


def names_etag(header: str, etag: str) -> bool:
    """Return whether the header's value contains the ETag of this answer.

    The comparison is weak, as RFC 9110 requires for this header: `W/"a"` and `"a"` are the same.
    """
    opaque = etag.removeprefix("W/")
    return any(name == "*" or name.removeprefix("W/") == opaque for name in map(str.strip, header.split(",")))
