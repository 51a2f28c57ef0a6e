"""`move-days`: after a change of the tenant's time zone, moves stored leads and contracts to its days."""

from common.jobs import AWAITING, JobContext
from services.data_service.domain.move_days import move_days
from services.data_service.store.events.batches import await_refresh


async def move_all_days(job: JobContext) -> object:
    """Move all rows, then wait until every answer has them on their new days."""
    await move_days(job)
    async with job.service.db.tenant(job.tenant_id) as connection:
        is_in = await await_refresh(connection, job.tenant_id, job.job_id)
    return None if is_in else AWAITING
