"""Something happened that belongs in a tenant's audit log: published by every service, kept by the auth service."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

import msgspec

from common.events.envelope import Contract

ActorKind = Literal["account", "api-key", "operator", "system", "unknown"]


class AuditEntryRecorded(Contract, frozen=True, kw_only=True):
    """Who (`actor`: an email or a key's name) did what (`action`: `<noun>.<verb>`) to what (`target`), when and whence.

    `detail` says what changed, without secrets. `count` is how often the same was refused since it was last told.
    """

    TYPE: ClassVar[str] = "audit.entry.recorded.v1"

    action: str
    outcome: Literal["done", "refused"]
    actor_kind: ActorKind
    actor_id: UUID | None = None
    actor: str = ""
    target: str = ""
    detail: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    service: str
    address: str = ""
    occurred_at: datetime
    count: int = 1
