"""Sanitize the names of people and companies for mails, so that no mail program turns them into links.

Mail programs turn text that looks like a URL into a link. Without this, everybody who may invite could put their own
link into a mail that we send: "invites you to Win at http://evil.example". A sanitized name is one line without control
characters, including those that change the writing direction. `://` loses its slashes, and a dot in front of two or
more letters, as in every host name, is followed by a space: "Booking.com" becomes "Booking. com". If no name is given,
an email address is used in its place; text that is nothing but an email address is not changed.
"""

import re
import unicodedata

_LONGEST = 80
_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+")
# Includes the dots of other scripts, which browsers accept in host names.
_DOT_OF_A_HOST = re.compile(r"(?<=\S)[.\u3002\uff0e\uff61](?=\w{2})")


def as_words(name: str) -> str:
    """Return a name for the subject or text of a mail, of at most 80 characters unless it is an email address."""
    name = unicodedata.normalize("NFC", name)
    name = "".join(" " if unicodedata.category(character).startswith("C") else character for character in name)
    name = " ".join(name.split())
    if _ADDRESS.fullmatch(name):
        return name
    name = _DOT_OF_A_HOST.sub(". ", re.sub(r":\s*[/\\]+", ": ", name))
    name = " ".join(name.split())
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1].rstrip() + "…"
