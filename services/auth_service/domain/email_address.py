"""Normalize email addresses, so that two spellings of one address are one account."""

import hashlib
import unicodedata


def folded(email: str) -> str:
    """Trim an address, compose it (NFC) and lower-case it.

    It is not case-folded: `ß` and `ss` are different mailboxes.
    """
    return unicodedata.normalize("NFC", email.strip()).lower()


def mailbox_of(email: str) -> str:
    """Return the mailbox where mail to a folded address arrives: `ada+shop@` is `ada@`.

    Only for counting mails: as identities, the two are different addresses.
    """
    name, at, host = email.rpartition("@")
    return (name.partition("+")[0] or name) + at + host


def counted_as(email: str) -> str:
    """Return the hash by which rate limits identify an address.

    The counters may be in a Redis that others can read, which must not contain anybody's address.
    """
    return hashlib.sha256(email.encode(errors="surrogatepass")).hexdigest()[:32]
