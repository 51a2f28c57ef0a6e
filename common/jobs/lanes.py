"""Lanes: which jobs share worker slots, and how many of them one tenant may hold at once.

Long work must not delay short: each lane has slots of its own. Nor may one tenant delay another in the same lane: a
job whose tenant holds its share steps aside until another of them ends, so the queue never holds a tenant's hundred
jobs in front of somebody's one. What goes on for hours does so in steps (`Resume`), and queues again after each.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID


@dataclass(frozen=True)
class Lane:
    """Slots of one queue, counted over all workers of a service. `entrypoint` is PgQueuer's name for it."""

    entrypoint: str
    slots: int
    per_tenant: int


# Half of the slots, where a job takes a core; a sync only waits for its vendor.
WORK: Final = Lane("run_job", slots=4, per_tenant=2)
SYNCS: Final = Lane("run_sync", slots=16, per_tenant=4)
BACKFILLS: Final = Lane("run_backfill", slots=4, per_tenant=1)
LANES: Final = (WORK, SYNCS, BACKFILLS)

# By the first word of a kind ("sync.ga4"); all others are work.
_BY_FIRST_WORD: Final = {"sync": SYNCS, "backfill": BACKFILLS}
# Jobs of no tenant are everybody's: mails that people ask for before they are signed in.
_NO_TENANT: Final = UUID(int=0)


def lane_of(kind: str) -> Lane:
    """Where jobs of a kind queue."""
    return _BY_FIRST_WORD.get(kind.partition(".")[0], WORK)


def share_of(tenant_id: UUID, lane: Lane) -> int:
    """How many slots of a lane a tenant may hold."""
    return lane.slots if tenant_id == _NO_TENANT else lane.per_tenant
