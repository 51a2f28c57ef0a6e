"""Connecting a source. The vendor is first called by its first sync, not here."""

from typing import Any
from uuid import uuid4

from common.auth.principal import Principal
from common.db import Connection
from common.outbound.guard import Guard
from common.problem import FieldError
from common.settings import Settings
from services.data_service.domain.syncs.judge_source import judge_config, judge_secrets
from services.data_service.domain.syncs.new_measurement_id import StreamNames, hash_of_secret, new_stream_names
from services.data_service.domain.syncs.source_kinds import MEASUREMENT_PROTOCOL, SOURCE_KINDS
from services.data_service.domain.syncs.source_secrets import sealed
from services.data_service.domain.syncs.start_sync import start_sync
from services.data_service.errors import SourceSettingsInvalid
from services.data_service.store.measurement.measurement_streams import add_stream
from services.data_service.store.syncs import sources
from services.data_service.store.syncs.sources import Source, get_source


class NewSource:
    """A validated source; `add` stores it."""

    def __init__(
        self, kind: str, name: str, config: dict[str, Any], secrets: dict[str, str], stream: StreamNames | None
    ) -> None:
        self.kind = kind
        self.name = name
        self.config = config
        self.secrets = secrets
        self.stream = stream

    @classmethod
    async def judged(
        cls, settings: Settings, kind_name: str, name: str, config: dict[str, Any], secrets: dict[str, Any]
    ) -> "NewSource":
        """Validate what was entered.

        Raises:
            SourceSettingsInvalid: naming each invalid field.
            PlaceNotAllowed: a URL leads into the installation's own network.
        """
        kind = SOURCE_KINDS[kind_name]
        judged = await judge_config(Guard(settings), kind, config)
        opened = judge_secrets(kind, secrets)
        if kind_name != MEASUREMENT_PROTOCOL:
            return cls(kind_name, name, judged, opened, None)
        if judged:
            message = "it is given out when the source is made"
            raise SourceSettingsInvalid(message, errors=[FieldError("config.measurement_id", message)])
        stream = new_stream_names()
        return cls(kind_name, name, {"measurement_id": stream.measurement_id}, opened, stream)

    async def add(self, connection: Connection, settings: Settings, caller: Principal) -> Source:
        """Store the source, and queue its first sync."""
        tenant_id, source_id = caller.tenant_id, uuid4()
        await sources.add_source(
            connection,
            tenant_id,
            source_id,
            kind=self.kind,
            name=self.name,
            config=self.config,
            secrets_sealed=sealed(settings, source_id, self.secrets),
            created_by=caller.account_id,
        )
        if self.stream is not None:
            secret_hash = hash_of_secret(self.stream.api_secret)
            await add_stream(connection, tenant_id, source_id, self.stream.measurement_id, secret_hash)
        if SOURCE_KINDS[self.kind].sync is not None:
            await start_sync(connection, tenant_id, self.kind, [source_id], None)
        added = await get_source(connection, tenant_id, source_id)
        assert added is not None  # noqa: S101 -- written above, in this transaction
        return added
