"""How often each API key was used, counted in memory: a row written for each request would cost more than it says."""

from datetime import datetime
from uuid import UUID

from common.auth.caller import Caller
from common.clock import now
from common.events.contracts.auth_api_key_used import ApiKeyUsed
from common.events.teller import Told


class KeyUses:
    """Uses by key since they were last taken."""

    def __init__(self) -> None:
        self._uses: dict[tuple[UUID, UUID], tuple[int, datetime]] = {}

    def note(self, key: Caller) -> None:
        """One request came with this key."""
        assert key.tenant_id is not None  # noqa: S101 -- a key has its tenant
        place = (key.tenant_id, key.id)
        uses = self._uses[place][0] if place in self._uses else 0
        self._uses[place] = (uses + 1, now())

    def take(self, *, ending: bool) -> list[Told]:
        """What was counted, which begins at nothing again."""
        del ending
        taken, self._uses = self._uses, {}
        return [
            Told(tenant_id, ApiKeyUsed(api_key_id=key_id, uses=uses, last_used_at=last))
            for (tenant_id, key_id), (uses, last) in taken.items()
        ]
