"""Collect refusals of known callers in memory and write them to the audit log as a limited number of entries.

A refusal is written to the log of the caller's tenant. For an API key, that is the key's tenant; for an account, the
tenant that it named, if it is a member there. Strangers cannot fill a tenant's log: a caller who names a tenant of
which they are no member, or whose session has ended, is written to the operator's log (`NO_TENANT`).

The first refusal of a caller for one reason at one path is written at once. Further ones are written as one entry with
a count every ten minutes. If a tenant has more than a hundred different refusals in that time, the rest are counted
together in one entry.
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
_MAX_CHARACTERS = 200


class Refusal(NamedTuple):
    """A refusal: `because` is the problem's type, `reason` its detail, `call` the method and path template."""

    because: str
    reason: str
    call: str
    address: str
    request_id: str


class _Key(NamedTuple):
    """The key under which refusals are counted. Without a caller, it counts those beyond the limit of the tenant."""

    tenant_id: UUID
    caller: Caller | None
    because: str
    call: str


@dataclass
class _Pending:
    refusal: Refusal
    since: datetime
    count: int = 0
    written_at: float | None = None


class Refusals:
    """The refusals of one service that were not written to the audit log yet."""

    def __init__(self, service: str, clock: Callable[[], float] = monotonic) -> None:
        self._service = service
        self._clock = clock
        self._pending: dict[_Key, _Pending] = {}
        self._keys_by_tenant: Counter[UUID] = Counter()

    def __len__(self) -> int:
        return len(self._pending)

    def note(self, caller: Caller, refusal: Refusal) -> None:
        """Count the refusal of a caller."""
        tenant_id = caller.tenant_id or NO_TENANT
        key = _Key(tenant_id, caller, refusal.because, refusal.call)
        if key not in self._pending and self._is_full(tenant_id):
            # There is one such key per tenant, so that strangers cannot create many of these keys either.
            key = _Key(tenant_id, None, "", "")
        pending = self._pending.get(key)
        if pending is None:
            pending = self._pending[key] = _Pending(refusal, now())
            self._keys_by_tenant[tenant_id] += 1
        elif pending.count == 0:
            pending.refusal, pending.since = refusal, now()
        pending.count += 1

    def take(self, *, ending: bool) -> list[Told]:
        """Return the entries that are due, or all that were not returned yet if the service is `ending`."""
        clock_time = self._clock()
        taken: list[Told] = []
        for key, pending in list(self._pending.items()):
            is_due = pending.written_at is None or clock_time - pending.written_at >= SAME_AGAIN_SECONDS
            if pending.count and (is_due or ending):
                taken.append(Told(key.tenant_id, self._entry(key, pending), pending.refusal.request_id))
                pending.count, pending.written_at = 0, clock_time
            elif is_due:
                del self._pending[key]
                self._keys_by_tenant -= Counter([key.tenant_id])
        return taken

    def _is_full(self, tenant_id: UUID) -> bool:
        return self._keys_by_tenant[tenant_id] >= MOST_OF_A_TENANT or len(self._pending) >= MOST_IN_ALL

    def _entry(self, key: _Key, pending: _Pending) -> AuditEntryRecorded:
        caller, refusal = key.caller, pending.refusal
        detail = {"because": refusal.because, "reason": refusal.reason[:_MAX_CHARACTERS]}
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
            occurred_at=pending.since,
            count=pending.count,
        )
