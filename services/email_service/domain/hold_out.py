"""Which customers are left out of the emails, so that a tenant sees what the emails bring about.

By customer, since all tasks of one belong together; by a hash of the tenant and the customer's key alone, so that whom
it meets hangs on nothing that they do, is the same every day, and stays so where the share grows.
"""

from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

MOST_PERCENT = 50


class HoldOut(NamedTuple):
    """A tenant's share of customers, in percent, who are left out; 0: nobody is."""

    tenant_id: UUID
    percent: int

    def has(self, user_key: str) -> bool:
        """Whether a customer is left out."""
        digest = sha256(self.tenant_id.bytes + user_key.encode()).digest()
        return int.from_bytes(digest[:8]) % 100 < self.percent
