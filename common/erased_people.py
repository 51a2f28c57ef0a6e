"""Compute the hash that is stored for an erased person, by which their id is recognized if it occurs again."""

import hashlib
import hmac
from uuid import UUID

from common.settings import Settings


def erased_hash(settings: Settings, tenant_id: UUID, user_id: str) -> bytes:
    """Return the hash of a user id as data.erasure stores it.

    It is keyed with the installation's secret, so that nobody without it can test ids against the hash.
    """
    key = settings.derived_secret(f"erasure {tenant_id}")
    return hmac.new(key.encode(), user_id.encode(), hashlib.sha256).digest()
