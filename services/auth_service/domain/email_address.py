"""Email addresses as identities: two spellings of one address are one account."""

import hashlib
import unicodedata


def folded(email: str) -> str:
    """Trimmed, composed (NFC) and lower-cased. Not case-folded further: `ß` and `ss` are different mailboxes."""
    return unicodedata.normalize("NFC", email.strip()).lower()


def mailbox_of(email: str) -> str:
    """Where mail to a folded address arrives, as far as can be told: `ada+shop@` is `ada@`. For counting mails only;
    as identities they are two.
    """
    name, at, host = email.rpartition("@")
    return (name.partition("+")[0] or name) + at + host


def counted_as(email: str) -> str:
    """What counts know an address by: they may lie in a Redis that others read, without anybody's address."""
    return hashlib.sha256(email.encode(errors="surrogatepass")).hexdigest()[:32]
