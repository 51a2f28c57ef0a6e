"""Email addresses as identities: two spellings of one address are one account."""

import unicodedata


def folded(email: str) -> str:
    """Trimmed, composed (NFC) and lower-cased. Not case-folded further: `ß` and `ss` are different mailboxes."""
    return unicodedata.normalize("NFC", email.strip()).lower()
