"""The hold-out: customers left out of the emails, so that a tenant can measure the emails' effect.

Customers are chosen by a hash of the tenant and the customer's key: independent of their behaviour, the same every day,
and a larger share includes the customers of a smaller one.
"""

from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

MOST_PERCENT = 50


class HoldOut(NamedTuple):
    """A tenant's share of customers, in percent, who are left out; 0 for none."""

    tenant_id: UUID
    percent: int

    def has(self, user_key: str) -> bool:
        """Whether a customer is left out."""
        digest = sha256(self.tenant_id.bytes + user_key.encode()).digest()
        return int.from_bytes(digest[:8]) % 100 < self.percent
