"""Refusals of callers who are known, for the audit log: collected in memory, told with a count, bounded at both ends.

A refusal goes into the log of the tenant that the caller belongs to: for a key that is its own; for an account the one
it named, if it is a member there. A tenant cannot be made to fill its log by strangers: whoever aims at a tenant that
is not theirs, or calls with a session that has ended, stands in the operator's log (`NO_TENANT`).

The same caller refused for the same reason at the same path is one entry at once, then one in ten minutes with the
count in between. Past a hundred different ones of a tenant in that time the rest are counted together.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import NamedTuple
from uuid import UUID

from common.audit import NO_TENANT
from common.auth.caller import Caller
from common.clock import now
from common.events.contracts.audit_entry_recorded import AuditEntryRecorded
from common.events.teller import Told

ACTION = "access.refused"
SAME_AGAIN_SECONDS = 600.0
MOST_OF_A_TENANT = 100
MOST_IN_ALL = 10_000
_MOST_CHARACTERS = 200


class Refusal(NamedTuple):
    """What was refused: `because` is the problem's type, `reason` its words, `call` the method and path template."""

    because: str
    reason: str
    call: str
    address: str
    request_id: str


class _Key(NamedTuple):
    """What makes two refusals the same; without a caller: all those that are too many to tell apart."""

    tenant_id: UUID
    caller: Caller | None
    because: str
    call: str


@dataclass
class _Held:
    refusal: Refusal
    since: datetime
    count: int = 0
    told_at: float | None = None


class Refusals:
    """The refusals of one service that are still to be told."""

    def __init__(self, service: str, clock: Callable[[], float] = monotonic) -> None:
        self._service = service
        self._clock = clock
        self._held: dict[_Key, _Held] = {}
        self._of_tenant: Counter[UUID] = Counter()

    def __len__(self) -> int:
        return len(self._held)

    def note(self, caller: Caller, refusal: Refusal) -> None:
        """This caller was refused."""
        tenant_id = caller.tenant_id or NO_TENANT
        key = _Key(tenant_id, caller, refusal.because, refusal.call)
        if key not in self._held and self._is_full(tenant_id):
            # (one a tenant, and tenants have members: even these cannot be made by strangers)
            key = _Key(tenant_id, None, "", "")
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = _Held(refusal, now())
            self._of_tenant[tenant_id] += 1
        elif held.count == 0:
            held.refusal, held.since = refusal, now()
        held.count += 1

    def take(self, *, ending: bool) -> list[Told]:
        """The entries that are due; all that were not told yet when the service is ending."""
        moment = self._clock()
        taken: list[Told] = []
        for key, held in list(self._held.items()):
            is_due = held.told_at is None or moment - held.told_at >= SAME_AGAIN_SECONDS
            if held.count and (is_due or ending):
                taken.append(Told(key.tenant_id, self._entry(key, held), held.refusal.request_id))
                held.count, held.told_at = 0, moment
            elif is_due:
                del self._held[key]
                self._of_tenant -= Counter([key.tenant_id])
        return taken

    def _is_full(self, tenant_id: UUID) -> bool:
        return self._of_tenant[tenant_id] >= MOST_OF_A_TENANT or len(self._held) >= MOST_IN_ALL

    def _entry(self, key: _Key, held: _Held) -> AuditEntryRecorded:
        caller, refusal = key.caller, held.refusal
        detail = {"because": refusal.because, "reason": refusal.reason[:_MOST_CHARACTERS]}
        return AuditEntryRecorded(
            action=ACTION,
            outcome="refused",
            actor_kind=caller.kind if caller else "unknown",
            actor_id=caller.id if caller else None,
            actor=caller.name if caller else "",
            target=refusal.call if caller else "",
            detail=detail if caller else {"reason": "more than are told apart"},
            service=self._service,
            address=refusal.address if caller else "",
            occurred_at=held.since,
            count=held.count,
        )
