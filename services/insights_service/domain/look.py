"""The state that the finders of one generation share: each part is read once, when a finder first asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from common.clock import now
from common.http.context import ServiceContext
from services.insights_service.domain.anomalies.judged_series import LATE_RULE
from services.insights_service.store.candidates import StandingLate, get_standing_late
from services.insights_service.store.series import Coverage, get_coverage


class Look:
    """A company, looked at as of `moment`.

    Finders read the coverage before any figures. Otherwise rows that arrive in between could make an incomplete day
    look complete.
    """

    def __init__(self, service: ServiceContext, tenant_id: UUID) -> None:
        self.service = service
        self.tenant_id = tenant_id
        self.moment = now()
        self._coverage: Coverage | None = None
        self._late: Sequence[StandingLate] | None = None

    async def coverage(self) -> Coverage:
        """Return up to when the sources have reported the company's figures."""
        if self._coverage is None:
            async with self.service.db.tenant(self.tenant_id, readonly=True) as connection:
                self._coverage = await get_coverage(connection, self.tenant_id)
        return self._coverage

    async def late(self) -> Sequence[StandingLate]:
        """Return the sources that are late: as set by `found_late`, or else as stored by the last look."""
        if self._late is None:
            async with self.service.db.tenant(self.tenant_id, readonly=True) as connection:
                self._late = await get_standing_late(connection, self.tenant_id, LATE_RULE)
        return self._late

    def found_late(self, late: Sequence[StandingLate]) -> None:
        """Set the sources that are late, for the finders that follow."""
        self._late = late
