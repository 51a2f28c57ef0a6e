"""The current day of each tenant, cached so that a cached answer can be found without the database."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from common.auth.expiring_cache import ExpiringCache
from common.auth.principal import Principal
from common.db import Database
from common.events.contracts.auth_tenant_changed import TenantChanged
from common.events.fan_out import Heard, hear
from common.http.context import Context, ServiceContext
from services.analytics_service.store.tenants import today_and_seconds_left

_MAX_TENANTS = 10_000
# A day is cached until its midnight at most. If the event of a changed time zone is lost, it is wrong for this long.
_MAX_SECONDS = 60


class Todays:
    """The current day of each tenant."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._days: ExpiringCache[UUID, date] = ExpiringCache(_MAX_TENANTS)

    @classmethod
    async def open(cls, context: ServiceContext) -> "Todays":
        """Open the cache of this service; a tenant's day is read again after its settings change."""
        todays = cls(context.db)
        await hear(context.bus, [TenantChanged], todays.forget)
        return todays

    async def of(self, caller: Principal) -> date:
        """Return the current day in the time zone of the caller's tenant."""
        day = self._days.get(caller.tenant_id)
        if day is None:
            async with self._db.of(caller, readonly=True) as connection:
                day, seconds_left = await today_and_seconds_left(connection, caller.tenant_id)
            self._days.put(caller.tenant_id, day, min(seconds_left, _MAX_SECONDS))
        return day

    def cached(self, tenant_id: UUID) -> date | None:
        """Return the tenant's current day if it is cached, else None."""
        return self._days.get(tenant_id)

    async def forget(self, event: Heard | None) -> None:
        """Drop the tenant's day because its time zone may have changed. None: events were lost, drop every day."""
        self._days.drop(lambda tenant_id, _: event is None or tenant_id == event.tenant_id)


async def _todays(context: Context) -> Todays:
    return context.extras["todays"]


Today = Annotated[Todays, Depends(_todays)]
