"""Opening a source: its secrets, and where its tenant is, for as long as it is read or tested."""

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
    """A source of the tenant with its secrets open.

    Raises:
        SourceNotFound: there is none of that id.
        NeedsAttention: its secrets cannot be opened.
    """
    async with service.db.tenant(tenant_id, readonly=True) as connection:
        source = await get_source(connection, tenant_id, source_id)
        place = await place_of_tenant(connection, tenant_id)
    if source is None:
        raise SourceNotFound
    return access_to(service, tenant_id, source, place)


def access_to(service: ServiceContext, tenant_id: UUID, source: Source, place: Place) -> SourceAccess:
    """`open_source` of rows that are in hand.

    Raises:
        NeedsAttention: its secrets cannot be opened.
    """
    try:
        secrets = opened(service.settings, source)
    except SealBroken:
        raise NeedsAttention("the stored secrets open with none of this installation's keys: give them again") from None
    tenant = TenantPlace(ZoneInfo(place.time_zone), place.currency, place.country)
    return SourceAccess(service=service, tenant_id=tenant_id, source=source, tenant=tenant, secrets=secrets)
