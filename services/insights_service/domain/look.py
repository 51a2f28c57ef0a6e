"""One look at a company: what several finders go by is read once, by whoever asks for it first."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from common.clock import now
from common.http.context import ServiceContext
from services.insights_service.domain.anomalies.judged_series import LATE_RULE
from services.insights_service.store.candidates import StandingLate, get_standing_late
from services.insights_service.store.series import Coverage, get_coverage


class Look:
    """A company at a `moment`.

    How far its figures are told is read before any of them: what comes meanwhile is not taken for all that came.
    """

    def __init__(self, service: ServiceContext, tenant_id: UUID) -> None:
        self.service = service
        self.tenant_id = tenant_id
        self.moment = now()
        self._coverage: Coverage | None = None
        self._late: Sequence[StandingLate] | None = None

    async def coverage(self) -> Coverage:
        """How far its figures are told."""
        if self._coverage is None:
            async with self.service.db.tenant(self.tenant_id, readonly=True) as connection:
                self._coverage = await get_coverage(connection, self.tenant_id)
        return self._coverage

    async def late(self) -> Sequence[StandingLate]:
        """The sources that are late: those that this look has found, where it has looked for them, else the last's."""
        if self._late is None:
            async with self.service.db.tenant(self.tenant_id, readonly=True) as connection:
                self._late = await get_standing_late(connection, self.tenant_id, LATE_RULE)
        return self._late

    def found_late(self, late: Sequence[StandingLate]) -> None:
        """From now on these are late."""
        self._late = late
