"""`If-None-Match`: whether who asks has the answer already."""


def names_etag(asked: str, etag: str) -> bool:
    """Whether the header's value names this answer.

    Compared weakly, as RFC 9110 has it for this header: `W/"a"` and `"a"` are the same.
    """
    opaque = etag.removeprefix("W/")
    return any(name == "*" or name.removeprefix("W/") == opaque for name in map(str.strip, asked.split(",")))
