"""The webhook secrets of shops, remembered for a few seconds."""

import time
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from loguru import logger

from common.http.context import ServiceContext
from common.sealed_columns import SOURCE_SECRETS
from common.sealing import SealBroken, unseal
from services.data_service.store.shop.webhook_deliveries import sealed_secrets_of

_SECONDS: Final = 10.0
_MAX_REMEMBERED: Final = 10_000


class WebhookSecret(NamedTuple):
    """The secret that a shop signs its deliveries with, and the shop's tenant."""

    tenant_id: UUID
    secret: str


class WebhookSecrets:
    """A cache, so that a burst of webhooks is not a burst of database look-ups."""

    def __init__(self) -> None:
        self._known: dict[UUID, tuple[float, WebhookSecret]] = {}

    def remembered(self, source_id: UUID) -> WebhookSecret | None:
        """The secret of a source as it was some seconds ago; None if it was not looked up."""
        until, known = self._known.get(source_id, (0.0, None))
        return known if time.monotonic() < until else None

    async def look_up(self, context: ServiceContext, source_id: UUID) -> WebhookSecret | None:
        """The secret of a source as it is; None if there is no such shop or it has no secret."""
        async with context.db.lookup("webhook", row_id=source_id) as connection:
            found = await sealed_secrets_of(connection, source_id)
        secret = _opened(context, source_id, found.secrets_sealed) if found and found.secrets_sealed else ""
        if found is None or not secret:
            self._known.pop(source_id, None)
            return None
        known = WebhookSecret(found.tenant_id, secret)
        if len(self._known) >= _MAX_REMEMBERED:
            self._known.clear()
        self._known[source_id] = time.monotonic() + _SECONDS, known
        return known


def _opened(context: ServiceContext, source_id: UUID, sealed: str) -> str:
    try:
        opened = unseal(context.settings, sealed, SOURCE_SECRETS.place(source_id))
    except SealBroken as broken:
        logger.warning("woocommerce {}: its webhooks are refused: {}", source_id, broken)
        return ""
    return msgspec.json.decode(opened, type=dict[str, str]).get("webhook_secret", "")
