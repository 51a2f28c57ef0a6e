"""Writing the counts of hits every few seconds, and once more when the service stops."""

import asyncio
from typing import Final

from common.http.context import ServiceContext
from services.data_service.domain.measurement_protocol.write_counts import write_counts

_SECONDS: Final = 10.0


async def keep_hit_counts(context: ServiceContext) -> None:
    """Run until the service stops."""
    while not context.stopping.is_set():
        try:
            await asyncio.wait_for(context.stopping.wait(), _SECONDS)
        except TimeoutError:
            await write_counts(context)
    await write_counts(context)
