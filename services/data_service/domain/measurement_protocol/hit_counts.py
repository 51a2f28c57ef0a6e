"""Count hits in memory until the counts are written to the database."""

from typing import Final
from uuid import UUID

from services.data_service.store.measurement.measurement_hits import HitCount

# Counts of a source are merged per quarter of an hour, because a day does not end within one in any time zone.
_QUARTER_SECONDS: Final = 900

_Key = tuple[UUID, UUID, int]


class HitCounts:
    """Counts by tenant, source and quarter of an hour. A killed process loses its last counts, but never a hit."""

    def __init__(self) -> None:
        self._counts: dict[_Key, HitCount] = {}

    def __len__(self) -> int:
        return len(self._counts)

    def note(self, tenant_id: UUID, source_id: UUID, count: HitCount) -> None:
        """Add a count."""
        key = tenant_id, source_id, int(count.last_hit_at.timestamp()) // _QUARTER_SECONDS
        before = self._counts.get(key)
        self._counts[key] = count if before is None else before.plus(count)

    def take(self) -> dict[UUID, dict[UUID, list[HitCount]]]:
        """Return all counts by tenant and source, and start again from zero."""
        taken, self._counts = self._counts, {}
        by_tenant: dict[UUID, dict[UUID, list[HitCount]]] = {}
        for (tenant_id, source_id, _), count in taken.items():
            by_tenant.setdefault(tenant_id, {}).setdefault(source_id, []).append(count)
        return by_tenant
