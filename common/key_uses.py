"""Count the uses of each API key in memory, because writing a row for each request would cost too much."""

from datetime import datetime
from uuid import UUID

from common.auth.caller import Caller
from common.clock import now
from common.events.contracts.auth_api_key_used import ApiKeyUsed
from common.events.teller import Told


class KeyUses:
    """The uses of each key since the last `take`."""

    def __init__(self) -> None:
        self._uses: dict[tuple[UUID, UUID], tuple[int, datetime]] = {}

    def note(self, key: Caller) -> None:
        """Count a request with this key."""
        assert key.tenant_id is not None  # noqa: S101 -- every API key belongs to a tenant
        tenant_and_key = (key.tenant_id, key.id)
        uses = self._uses[tenant_and_key][0] if tenant_and_key in self._uses else 0
        self._uses[tenant_and_key] = (uses + 1, now())

    def take(self, *, ending: bool) -> list[Told]:
        """Return the counted uses as events, and start again from zero."""
        del ending
        taken, self._uses = self._uses, {}
        return [
            Told(tenant_id, ApiKeyUsed(api_key_id=key_id, uses=uses, last_used_at=last))
            for (tenant_id, key_id), (uses, last) in taken.items()
        ]
