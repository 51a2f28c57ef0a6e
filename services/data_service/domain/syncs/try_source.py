"""Testing a source on request: its kind's `check` reports what is right and what is wrong."""

import asyncio
from typing import Final, NamedTuple
from uuid import UUID

from loguru import logger

from common.clock import now
from common.db.outage import is_outage
from common.http.context import ServiceContext
from services.data_service.domain.syncs.open_source import open_source
from services.data_service.domain.syncs.settle_sync import tell_of
from services.data_service.domain.syncs.source_kinds import SOURCE_KINDS
from services.data_service.domain.syncs.sync_run import Finding
from services.data_service.sources.vendor import VendorError
from services.data_service.store.syncs.sources import Source, change_source, get_source

_SECONDS: Final = 30
_ILL: Final = ("degraded", "needs_attention")


class Tested(NamedTuple):
    """The findings of a test; `ok` if none of them is a problem."""

    ok: bool
    findings: list[Finding]


async def try_source(service: ServiceContext, tenant_id: UUID, source_id: UUID) -> Tested:
    """Test a source. If all is well and it had failed before, it is read again at once.

    Raises:
        SourceNotFound
    """
    source, findings = await _findings(service, tenant_id, source_id)
    tested = Tested(all(finding.ok for finding in findings), findings)
    if tested.ok and source is not None and source.status in _ILL:
        await _heal(service, tenant_id, source)
    return tested


async def _findings(service: ServiceContext, tenant_id: UUID, source_id: UUID) -> tuple[Source | None, list[Finding]]:
    """The source as it was tested (None if it could not be opened), and the findings."""
    try:
        access = await open_source(service, tenant_id, source_id)
    except VendorError as error:
        return None, [Finding(ok=False, text=error.reason)]
    try:
        async with asyncio.timeout(_SECONDS):
            return access.source, await SOURCE_KINDS[access.source.kind].check(access)
    except VendorError as error:
        text = error.reason
    except TimeoutError:
        text = f"There was no answer within {_SECONDS} seconds."
    except Exception as error:
        if is_outage(error):
            raise
        logger.opt(exception=error).error("{} {}: its test broke", access.source.kind, source_id)
        text = f"The test itself broke ({type(error).__name__}); the log says where."
    return access.source, [Finding(ok=False, text=text)]


async def _heal(service: ServiceContext, tenant_id: UUID, tested: Source) -> None:
    async with service.db.tenant(tenant_id) as connection:
        source = await get_source(connection, tenant_id, tested.source_id, lock=True)
        if source is None or source.status not in _ILL or source.updated_at != tested.updated_at:
            return
        healed = source._replace(status="active", reason="", failures=0, next_sync_at=now())
        await change_source(connection, tenant_id, healed)
        await tell_of(connection, tenant_id, healed)
