"""How a vendor's call can end otherwise than with what was asked for; each source says which it was, in plain words.

What follows from each is the same for all sources: domain/syncs/settle_sync.py.
"""

from datetime import datetime, timedelta
from typing import Final

from common.clock import now
from common.plain_text import plain_text

# Quotas are of a day at most: whoever asks us to wait for longer is not believed.
LONGEST_ASKED: Final = timedelta(hours=25)
_LONGEST: Final = 500


def believed(told: float) -> float:
    """A figure of a vendor's, such as the seconds it asks us to wait: 0 where it is none, and 25 hours' at most."""
    # (In this order no number at all comes out as 0; what has 400 digits is compared before it becomes a float.)
    return float(min(max(0, told), LONGEST_ASKED.total_seconds()))


class VendorError(Exception):
    """`reason` is one sentence for the person who keeps the source: no secret, no URL with one, no stack.

    It may quote the vendor: what no database or terminal takes is left out, and it ends after 500 characters.
    """

    def __init__(self, reason: str) -> None:
        self.reason = plain_text(reason, _LONGEST)
        super().__init__(self.reason)


class VendorAway(VendorError):
    """No answer, a broken one, an error of theirs, or not what their documentation says: it may pass.

    `retry_after` is the seconds that they asked to be left alone for, where they did; 25 hours at most. `seconds` is
    how long the call took, where its source measures that.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = None if retry_after is None else believed(retry_after)
        self.seconds = 0.0


class QuotaSpent(VendorError):
    """No call is left until `until`, 25 hours ahead at most; what was read is kept, and the rest is read then."""

    def __init__(self, reason: str, until: datetime) -> None:
        super().__init__(reason)
        self.until = min(until, now() + LONGEST_ASKED)


class NeedsAttention(VendorError):
    """A person must act: credentials refused or expired, a permission missing, an account that is not there."""
