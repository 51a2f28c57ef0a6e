"""Lanes define which jobs share worker slots, and how many slots of a lane one tenant may hold at once.

Each lane has its own slots, so that long jobs do not delay short ones. Jobs that wait for a vendor have a lane for each
kind, so that a vendor that does not answer delays only its own jobs. Within a lane, one tenant must not delay another:
a job whose tenant holds its full share steps aside until one of that tenant's jobs leaves, so that a hundred jobs of
one tenant never queue in front of another tenant's. Work that takes hours runs in steps (`Resume`), and queues again
after each step.
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


# Each of these jobs keeps a core busy.
WORK: Final = Lane("run_job", slots=4, per_tenant=2)
_BACKFILL_SLOTS: Final = 4
# Each kind with one of these prefixes, such as "sync.ga4", has its own lane; all other kinds share the lane WORK.
_OF_VENDORS: Final = ("sync", "backfill")


def entrypoint_of(kind: str) -> str:
    """Return the name of the lane in which jobs of a kind queue."""
    return kind if kind.partition(".")[0] in _OF_VENDORS else WORK.entrypoint


def lane_of(entrypoint: str, sync_slots: int) -> Lane:
    """Return the lane of an entrypoint. Each kind of sync has `sync_slots` slots."""
    match entrypoint.partition(".")[0]:
        case "sync":
            return Lane(entrypoint, sync_slots, max(1, sync_slots // 4))
        case "backfill":
            return Lane(entrypoint, _BACKFILL_SLOTS, 1)
        case _:
            return WORK


def share_of(tenant_id: UUID, lane: Lane) -> int:
    """Return how many slots of a lane a tenant may hold.

    Jobs without a tenant, such as mails requested before signing in, serve everybody and may hold all slots.
    """
    return lane.slots if tenant_id == NO_TENANT else lane.per_tenant
