"""Which day it is for a tenant, remembered so that a kept answer can be found without the database."""

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

_TENANTS = 10_000
# No day outlives its midnight; a zone that changed unheard moves it after this long.
_SECONDS = 60


class Todays:
    """The current day of each tenant."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._days: ExpiringCache[UUID, date] = ExpiringCache(_TENANTS)

    @classmethod
    async def open(cls, context: ServiceContext) -> "Todays":
        """Of this service; a tenant's day is asked for anew once its settings change."""
        todays = cls(context.db)
        await hear(context.bus, [TenantChanged], todays.forget)
        return todays

    async def of(self, caller: Principal) -> date:
        """The current day in the zone of the caller's tenant."""
        day = self._days.get(caller.tenant_id)
        if day is None:
            async with self._db.of(caller, readonly=True) as connection:
                day, seconds_left = await today_and_seconds_left(connection, caller.tenant_id)
            self._days.put(caller.tenant_id, day, min(seconds_left, _SECONDS))
        return day

    def known(self, tenant_id: UUID) -> date | None:
        """The same as far as it is remembered."""
        return self._days.get(tenant_id)

    async def forget(self, event: Heard | None) -> None:
        """A tenant's zone may be another one (None: any tenant's)."""
        self._days.drop(lambda tenant_id, _: event is None or tenant_id == event.tenant_id)


async def _todays(context: Context) -> Todays:
    return context.extras["todays"]


Today = Annotated[Todays, Depends(_todays)]
