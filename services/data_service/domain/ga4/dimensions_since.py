"""Since when a source's ids are read from its current dimensions.

Ids read earlier from another, perhaps wrong, dimension cannot be compared with those read now.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Self

from common.clock import now
from common.db import Connection
from services.data_service.domain.ga4.dimensions import PERSON
from services.data_service.domain.syncs.sync_run import SyncRun
from services.data_service.store.events.property_events import PropertyEventCounts

_STREAM: Final = "dimensions"
# The stored events may come from a removed source of the same property.
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class DimensionsSince:
    """The dimension of each id, and when a sync first found it so."""

    def __init__(self, run: SyncRun, since: dict[str, list[Any]], *, is_noted: bool) -> None:
        self._run = run
        self._since = since
        self._is_noted = is_noted

    @classmethod
    async def of(cls, run: SyncRun, custom_dimensions: Mapping[str, str]) -> Self:
        """A source's dimensions: a changed one counts from now, a new one from always."""
        before: dict[str, list[Any]] = await run.position(_STREAM) or {}
        since = {
            name: [custom_dimensions.get(name), (now() if name in before else _EVER).isoformat()] for name in PERSON
        }
        since |= {name: kept for name, kept in before.items() if kept[0] == since[name][0]}
        return cls(run, since, is_noted=since == before)

    async def note(self, connection: Connection) -> None:
        """Store them with the first rows that are read by them."""
        if not self._is_noted:
            await self._run.move(connection, _STREAM, self._since)
            self._is_noted = True

    def has_lost(self, before: PropertyEventCounts, told: PropertyEventCounts) -> bool:
        """Whether less is reported of a settled day than is stored.

        Fewer ids than another dimension reported are no loss while this one reports any; none at all means that they
        are past the property's retention, or older than the dimension's registration.
        """
        if told.events < before.events:
            return True
        for name, then, at, count in zip(PERSON, before.named, before.named_at, told.named, strict=True):
            by_another = at is not None and at < datetime.fromisoformat(self._since[name][1])
            if count < then and not (by_another and count):
                return True
        return False
