"""Whose webhooks come in where, as last seen."""

import time
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from loguru import logger

from common.http.context import ServiceContext
from common.sealed_columns import SOURCE_SECRETS
from common.sealing import SealBroken, unseal
from services.data_service.store.shop.webhook_deliveries import door_of

_SECONDS: Final = 10.0
_AT_MOST: Final = 10_000


class Door(NamedTuple):
    """A shop's tenant, and the secret that its deliveries are signed with."""

    tenant_id: UUID
    secret: str


class KnownDoors:
    """Secrets of shops for a few seconds, so that a storm of webhooks is not a storm of look-ups."""

    def __init__(self) -> None:
        self._known: dict[UUID, tuple[float, Door | None]] = {}

    async def get(self, context: ServiceContext, source_id: UUID, *, is_fresh: bool) -> Door | None:
        """A source's door; None where there is no such shop, or it has no secret. `is_fresh`: as it is now."""
        until, door = self._known.get(source_id, (0.0, None))
        if not is_fresh and time.monotonic() < until:
            return door
        async with context.db.lookup("webhook", row_id=source_id) as connection:
            found = await door_of(connection, source_id)
        door = None
        if found is not None and found.secrets_sealed:
            secret = _webhook_secret(context, source_id, found.secrets_sealed)
            door = Door(found.tenant_id, secret) if secret else None
        if len(self._known) >= _AT_MOST:
            self._known.clear()
        self._known[source_id] = time.monotonic() + _SECONDS, door
        return door


def _webhook_secret(context: ServiceContext, source_id: UUID, sealed: str) -> str:
    try:
        opened = unseal(context.settings, sealed, SOURCE_SECRETS.place(source_id))
    except SealBroken as broken:
        logger.warning("woocommerce {}: its webhooks are refused: {}", source_id, broken)
        return ""
    return msgspec.json.decode(opened, type=dict[str, str]).get("webhook_secret", "")
