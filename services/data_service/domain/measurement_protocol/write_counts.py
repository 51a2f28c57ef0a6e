"""Write the counts of hits to the database."""

from loguru import logger

from common.http.context import ServiceContext
from services.data_service.domain.measurement_protocol.hit_counts import HitCounts
from services.data_service.store.measurement.measurement_hits import add_counts


async def write_counts(service: ServiceContext) -> None:
    """Add the counts of this process; those that cannot be written are kept for the next time."""
    counts: HitCounts = service.extras["hit_counts"]
    for tenant_id, of_sources in counts.take().items():
        try:
            async with service.db.tenant(tenant_id) as connection:
                await add_counts(connection, tenant_id, of_sources)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the next time may be better
            logger.warning("what was counted of hits is not written yet: {}: {}", type(error).__name__, error)
            for source_id, listed in of_sources.items():
                for count in listed:
                    counts.note(tenant_id, source_id, count)
