"""Opening a source: its decrypted secrets, and its tenant's time zone, currency and country."""

from uuid import UUID
from zoneinfo import ZoneInfo

from common.http.context import ServiceContext
from common.sealing import SealBroken
from services.data_service.domain.syncs.source_secrets import opened
from services.data_service.domain.syncs.sync_run import SourceAccess, TenantPlace
from services.data_service.errors import SourceNotFound
from services.data_service.sources.vendor import NeedsAttention
from services.data_service.store.syncs.sources import Source, get_source
from services.data_service.store.tenant_settings import Place, place_of_tenant


async def open_source(service: ServiceContext, tenant_id: UUID, source_id: UUID) -> SourceAccess:
    """A source of the tenant with its secrets decrypted.

    Raises:
        SourceNotFound: there is no such source.
        NeedsAttention: its secrets cannot be decrypted.
    """
    async with service.db.tenant(tenant_id, readonly=True) as connection:
        source = await get_source(connection, tenant_id, source_id)
        place = await place_of_tenant(connection, tenant_id)
    if source is None:
        raise SourceNotFound
    return access_to(service, tenant_id, source, place)


def access_to(service: ServiceContext, tenant_id: UUID, source: Source, place: Place) -> SourceAccess:
    """Like `open_source`, for rows that were read already.

    Raises:
        NeedsAttention: its secrets cannot be decrypted.
    """
    try:
        secrets = opened(service.settings, source)
    except SealBroken:
        raise NeedsAttention("the stored secrets open with none of this installation's keys: give them again") from None
    tenant = TenantPlace(ZoneInfo(place.time_zone), place.currency, place.country)
    return SourceAccess(service=service, tenant_id=tenant_id, source=source, tenant=tenant, secrets=secrets)
