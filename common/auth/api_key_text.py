"""What an API key looks like: `bw_`, 32 random bytes as URL-safe base64, and a checksum of them.

The prefix lets scanners find keys that leaked; the checksum tells a key that was mistyped or cut off from one that
does not hold, without asking the database.
"""

import re
import secrets
import zlib

_SHAPE = re.compile(r"bw_([A-Za-z0-9_-]{43})([0-9a-f]{8})")
_RANDOM_BYTES = 32
_HINT_CHARACTERS = 9


def new_key() -> str:
    """A key that nobody has yet."""
    text = secrets.token_urlsafe(_RANDOM_BYTES)
    return f"bw_{text}{_checksum(text)}"


def hint_of(key: str) -> str:
    """Its first characters, by which people tell keys apart; what is left is still beyond guessing."""
    return key[:_HINT_CHARACTERS]


def is_whole(key: str) -> bool:
    """Is this the text of a key, though perhaps of none that was ever made?"""
    found = _SHAPE.fullmatch(key)
    return found is not None and _checksum(found.group(1)) == found.group(2)


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode('ascii')):08x}"
