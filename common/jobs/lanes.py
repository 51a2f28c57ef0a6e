"""Lanes: which jobs share worker slots, and how many of them one tenant may hold at once.

Long work must not delay short, nor one vendor another: each lane has slots of its own, and what waits for a vendor has
a lane for each kind, so that a vendor who does not answer holds his own only. Nor may one tenant delay another in the
same lane: a job whose tenant holds its share steps aside until another of them leaves, so the queue never holds a
tenant's hundred jobs in front of somebody's one. What goes on for hours does so in steps (`Resume`), and queues again
after each.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from common.audit import NO_TENANT


@dataclass(frozen=True)
class Lane:
    """Slots of one queue, counted over all workers of a service. `entrypoint` is PgQueuer's name for it."""

    entrypoint: str
    slots: int
    per_tenant: int


# Here a job takes a core.
WORK: Final = Lane("run_job", slots=4, per_tenant=2)
_BACKFILL_SLOTS: Final = 4
# Of these each kind ("sync.ga4") has its own lane; all others are work.
_OF_VENDORS: Final = ("sync", "backfill")


def entrypoint_of(kind: str) -> str:
    """Where jobs of a kind queue."""
    return kind if kind.partition(".")[0] in _OF_VENDORS else WORK.entrypoint


def lane_of(entrypoint: str, sync_slots: int) -> Lane:
    """The lane that is queued for there; of each kind of sync `sync_slots` run at once."""
    match entrypoint.partition(".")[0]:
        case "sync":
            return Lane(entrypoint, sync_slots, max(1, sync_slots // 4))
        case "backfill":
            return Lane(entrypoint, _BACKFILL_SLOTS, 1)
        case _:
            return WORK


def share_of(tenant_id: UUID, lane: Lane) -> int:
    """How many slots of a lane a tenant may hold.

    Jobs of no tenant are everybody's (mails that people ask for before they are signed in) and may hold all.
    """
    return lane.slots if tenant_id == NO_TENANT else lane.per_tenant
