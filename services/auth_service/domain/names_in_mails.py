"""Names that people gave themselves or their company, as they stand in mails: words, and nothing to click on.

Mail programs make links of text that looks like one. Whoever may invite could otherwise put theirs into a mail that we
sign: "invites you to Win at http://evil.example". So a name is one line without control characters (those that turn
the direction of writing among them), `://` loses its slashes, and a dot in front of two letters or more, as every host
has one, is followed by a blank: "Booking.com" reads "Booking. com". Where no name is given an address stands in its
place: one that is nothing else stays as it is.
"""

import re
import unicodedata

_LONGEST = 80
_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+")
# As hosts may write it: also the dots of other scripts, which browsers take for one.
_DOT_OF_A_HOST = re.compile(r"(?<=\S)[.\u3002\uff0e\uff61](?=\w{2})")


def as_words(name: str) -> str:
    """A name for the subject or the text of a mail: at most 80 characters, but for an address."""
    name = unicodedata.normalize("NFC", name)
    name = "".join(" " if unicodedata.category(character).startswith("C") else character for character in name)
    name = " ".join(name.split())
    if _ADDRESS.fullmatch(name):
        return name
    name = _DOT_OF_A_HOST.sub(". ", re.sub(r":\s*[/\\]+", ": ", name))
    name = " ".join(name.split())
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1].rstrip() + "…"
