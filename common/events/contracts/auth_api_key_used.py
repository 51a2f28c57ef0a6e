"""An API key was used: published by the service that it called, every few seconds, and counted by the auth service."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from common.events.envelope import Contract


class ApiKeyUsed(Contract, frozen=True, kw_only=True):
    """`uses` requests since the last event of this service about this key; the newest came at `last_used_at`."""

    TYPE: ClassVar[str] = "auth.api_key.used.v1"

    api_key_id: UUID
    uses: int
    last_used_at: datetime
