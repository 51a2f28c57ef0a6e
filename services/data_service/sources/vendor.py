"""How a vendor's call can end otherwise than with what was asked for; each source says which it was, in plain words.

What follows from each is the same for all sources: domain/settle_sync.py.
"""

from datetime import datetime


class VendorError(Exception):
    """`reason` is one sentence for the person who keeps the source: no secret, no URL with one, no stack."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class VendorAway(VendorError):
    """No answer, a broken one, an error of theirs, or not what their documentation says: it may pass.

    `retry_after` is the seconds that they asked to be left alone for, where they did.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class QuotaSpent(VendorError):
    """No call is left until `until`; what was read before that is kept, and the rest is read then."""

    def __init__(self, reason: str, until: datetime) -> None:
        super().__init__(reason)
        self.until = until


class NeedsAttention(VendorError):
    """A person must act: credentials refused or expired, a permission missing, an account that is not there."""
