"""A cache of the tenants' location rules; record_events raises LocationRuleChanged when one is out of date."""

from typing import Final
from uuid import UUID

from common.db import Database
from services.data_service.store.tenant_settings import location_source

_AT_MOST: Final = 10_000


class KnownRules:
    """The last seen rule of each tenant, so that events can be parsed before a connection is taken."""

    def __init__(self) -> None:
        self._rules: dict[UUID, str | None] = {}

    async def get(self, database: Database, tenant_id: UUID) -> str | None:
        """The rule as last seen, which may be out of date."""
        if tenant_id not in self._rules:
            async with database.tenant(tenant_id, readonly=True) as connection:
                self.put(tenant_id, await location_source(connection, tenant_id))
        return self._rules[tenant_id]

    def put(self, tenant_id: UUID, rule: str | None) -> None:
        """Remember a rule."""
        if len(self._rules) >= _AT_MOST:
            self._rules.clear()
        self._rules[tenant_id] = rule
