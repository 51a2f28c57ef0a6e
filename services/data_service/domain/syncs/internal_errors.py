"""A mistake of ours in reading a source ends like an outage of its vendor: told, tried again, blocking nothing else."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from loguru import logger

from common.db.outage import is_outage, may_pass
from common.jobs import JobCancelled, JobContext, JobHandedBack
from common.jobs.lives import MOST_DEATHS
from common.problem import Problem
from services.data_service.domain.syncs.sync_run import ToBeContinued
from services.data_service.errors import SourceNotFound
from services.data_service.sources.vendor import VendorAway, VendorError
from services.data_service.store.events.months import MonthNotMade
from services.data_service.store.syncs.sources import get_source

# Attempts at a job before a full pool, a deadlock or a month that is not made is told of; the kinds of job that read
# sources have so many.
TRIES: Final = 3
# So many workers ended in the middle of it: before the job ends over that (common/jobs/lives.py), its source is told.
_DEADLY: Final = MOST_DEATHS - 2


class OurMistake(VendorAway):
    """Nothing that the vendor did: an exception that nobody here expected, or a worker's end."""


def refuse_deadly(job: JobContext) -> None:
    """Do not read what one worker after another has ended over.

    Raises:
        OurMistake: so what follows is what follows from any mistake, and nobody reads it every few seconds.
    """
    if job.deaths >= _DEADLY:
        message = f"the worker that reads it ended in the middle, {job.deaths} times; see the log for job {job.job_id}"
        raise OurMistake(message)


@asynccontextmanager
async def mistakes_told(job: JobContext, source_id: UUID) -> AsyncGenerator[None]:
    """Read a source within it.

    Raises:
        SourceNotFound: it broke because the source was removed meanwhile.
        OurMistake: in place of what was not expected, which is in the log.
        Exception: our database's own trouble, as it is: the job itself is tried again, and no failure is counted.
    """
    try:
        yield
    except (VendorError, ToBeContinued, JobCancelled, JobHandedBack, Problem):
        raise
    except Exception as error:
        is_away = is_outage(error) and not isinstance(error, MonthNotMade)
        if is_away or (may_pass(error) and job.attempt < TRIES):
            raise
        async with job.service.db.tenant(job.tenant_id, readonly=True) as connection:
            if await get_source(connection, job.tenant_id, source_id) is None:
                raise SourceNotFound from error
        logger.opt(exception=error).error("{}: reading source {} broke", job.kind, source_id)
        message = f"internal error ({type(error).__name__}); see the log for job {job.job_id}"
        raise OurMistake(message) from error
