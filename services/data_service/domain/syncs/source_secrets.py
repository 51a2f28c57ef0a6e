"""A source's secrets as they are stored: one JSON object, encrypted for its row."""

from uuid import UUID

import msgspec

from common.sealed_columns import SOURCE_SECRETS
from common.sealing import seal, unseal
from common.settings import Settings
from services.data_service.store.syncs.sources import Source


def sealed(settings: Settings, source_id: UUID, secrets: dict[str, str]) -> str | None:
    """The encrypted secrets; None if there are none."""
    if not secrets:
        return None
    return seal(settings, msgspec.json.encode(secrets).decode(), SOURCE_SECRETS.place(source_id))


def opened(settings: Settings, source: Source) -> dict[str, str]:
    """The decrypted secrets of a source.

    Raises:
        SealBroken: none of the installation's keys decrypts them.
    """
    if source.secrets_sealed is None:
        return {}
    text = unseal(settings, source.secrets_sealed, SOURCE_SECRETS.place(source.source_id))
    return msgspec.json.decode(text, type=dict[str, str])
