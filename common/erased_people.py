"""What is kept of an erased person: a hash that tells whether an id was theirs, to who has the id and the secret."""

import hashlib
import hmac
from uuid import UUID

from common.settings import Settings


def erased_hash(settings: Settings, tenant_id: UUID, user_id: str) -> bytes:
    """As data.erasure has it; without the installation's secret nobody can try ids against it."""
    key = settings.derived_secret(f"erasure {tenant_id}")
    return hmac.new(key.encode(), user_id.encode(), hashlib.sha256).digest()
