"""Changing a source (name, settings, secrets), pausing and resuming it, and removing it."""

from contextlib import suppress
from typing import Any, Literal, NamedTuple
from uuid import UUID

from common.clock import now
from common.db import Connection
from common.jobs import cancel
from common.jobs.store import JobAlreadyEnded
from common.outbound.guard import Guard
from common.problem import FieldError
from common.sealing import SealBroken
from common.settings import Settings
from services.data_service.domain.syncs.judge_source import judge_config, judge_secrets, refuse_kept_secrets_elsewhere
from services.data_service.domain.syncs.settle_sync import tell_of
from services.data_service.domain.syncs.source_kinds import MEASUREMENT_PROTOCOL, SOURCE_KINDS, SourceKind
from services.data_service.domain.syncs.source_secrets import opened, sealed
from services.data_service.errors import SourceNotFound, SourceSettingsInvalid
from services.data_service.store.syncs import sources
from services.data_service.store.syncs.sources import Source, get_source
from services.data_service.store.syncs.sync_schedule import bring_others_forward, job_at_work


class SourceChange(NamedTuple):
    """The requested changes; None leaves a field as it is. The `secrets` given replace the stored ones of that name."""

    name: str | None = None
    config: dict[str, Any] | None = None
    secrets: dict[str, Any] | None = None
    status: Literal["active", "paused"] | None = None


class Changed(NamedTuple):
    """A source before and after."""

    before: Source
    after: Source


async def judged_config(settings: Settings, source: Source, change: SourceChange) -> dict[str, Any]:
    """The config after the change. Call it outside a transaction, since a host name may have to be resolved.

    Raises:
        SourceSettingsInvalid, PlaceNotAllowed
    """
    if change.config is None:
        return source.config
    config = await judge_config(Guard(settings), SOURCE_KINDS[source.kind], change.config)
    if source.kind != MEASUREMENT_PROTOCOL:
        return config
    if config and config != source.config:
        message = "it stays what it is: another one is another source"
        raise SourceSettingsInvalid(message, errors=[FieldError("config.measurement_id", message)])
    return source.config


async def change_source(
    connection: Connection,
    settings: Settings,
    tenant_id: UUID,
    source_id: UUID,
    change: SourceChange,
    config: dict[str, Any],
) -> Changed:
    """Store a change.

    The source is read at once if its settings or secrets changed, or if it needed attention and is set active. The
    account that it reads can only change until data were read.

    Raises:
        SourceNotFound, SourceSettingsInvalid, SecretsNeeded
    """
    before = await get_source(connection, tenant_id, source_id, lock=True)
    if before is None:
        raise SourceNotFound
    kind = SOURCE_KINDS[before.kind]
    if config.get(kind.account) != before.config.get(kind.account):
        # (Before the check what was read: a page may be about to be committed.)
        await _stop_sync(connection, tenant_id, source_id)
        if await sources.was_read(connection, tenant_id, source_id):
            message = "it stays once something was read from it: connect another source"
            raise SourceSettingsInvalid(message, errors=[FieldError(f"config.{kind.account}", message)])
    secrets_sealed = _secrets(settings, kind, before, change, config)
    after = before._replace(name=change.name or before.name, config=config, secrets_sealed=secrets_sealed)
    is_new = config != before.config or secrets_sealed != before.secrets_sealed
    after = _planned(kind, before, after, change.status, is_new=is_new)
    await sources.change_source(connection, tenant_id, after)
    if after.status != before.status:
        await tell_of(connection, tenant_id, after)
    stored = await get_source(connection, tenant_id, source_id)
    return Changed(before, stored or after)


async def remove_source(connection: Connection, tenant_id: UUID, source_id: UUID) -> Source:
    """Remove a source and stop its sync; what was read from it stays.

    Raises:
        SourceNotFound
    """
    source = await get_source(connection, tenant_id, source_id, lock=True)
    if source is None:
        raise SourceNotFound
    await _stop_sync(connection, tenant_id, source_id)
    await sources.remove_source(connection, tenant_id, source_id)
    return source


async def _stop_sync(connection: Connection, tenant_id: UUID, source_id: UUID) -> None:
    """Cancel the source's running sync, which ends before its next page."""
    if job_id := await job_at_work(connection, tenant_id, source_id):
        # (It may have just ended.)
        with suppress(JobAlreadyEnded):
            await cancel(connection, "data", tenant_id, job_id)
            # The job may have been going to read other sources, too: they are read by other jobs, now.
            await bring_others_forward(connection, tenant_id, job_id)


def _secrets(
    settings: Settings, kind: SourceKind, before: Source, change: SourceChange, config: dict[str, Any]
) -> str | None:
    """The sealed secrets after the change; the stored text itself if they are the same."""
    try:
        kept = opened(settings, before)
    except SealBroken:
        kept = {}
        if change.secrets is None:
            return before.secrets_sealed
    refuse_kept_secrets_elsewhere(kind, before.config, config, kept, change.secrets)
    if change.secrets is None:
        return before.secrets_sealed
    secrets = judge_secrets(kind, change.secrets, kept)
    return before.secrets_sealed if secrets == kept else sealed(settings, before.source_id, secrets)


def _planned(
    kind: SourceKind, before: Source, after: Source, status: Literal["active", "paused"] | None, *, is_new: bool
) -> Source:
    """The source with its new status and next sync."""
    if status == "paused" or (before.status == "paused" and status is None):
        return after._replace(status="paused", reason="", failures=0, next_sync_at=None)
    if is_new or (status == "active" and before.status == "needs_attention") or before.status == "paused":
        return after._replace(status="active", reason="", failures=0, next_sync_at=None if kind.sync is None else now())
    return after
