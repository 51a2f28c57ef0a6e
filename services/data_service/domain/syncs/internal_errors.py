"""Errors of our own while a source is read: handled like an outage of its vendor.

They are reported with the source, retried later, and block no other source.
"""

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

# How often a job that reads sources is attempted. A full pool, a deadlock or a missing partition is reported with the
# source only after the last attempt.
TRIES: Final = 3
# After so many workers died during the job, the source reports it; soon after, the job itself would be ended
# (common/jobs/lives.py).
_MAX_CRASHES: Final = MOST_DEATHS - 2


class InternalFailure(VendorAway):
    """Not the vendor's fault: an unexpected exception, or the death of the worker."""


def refuse_after_crashes(job: JobContext) -> None:
    """Do not read a source again over which one worker after another has died.

    Raises:
        InternalFailure: so that it is retried with the backoff of an outage, not every few seconds.
    """
    if job.deaths >= _MAX_CRASHES:
        message = f"the worker that reads it ended in the middle, {job.deaths} times; see the log for job {job.job_id}"
        raise InternalFailure(message)


@asynccontextmanager
async def reporting_internal_errors(job: JobContext, source_id: UUID) -> AsyncGenerator[None]:
    """Wrap the reading of a source, and turn unexpected exceptions into `InternalFailure`.

    Raises:
        SourceNotFound: it failed because the source was removed meanwhile.
        InternalFailure: instead of an unexpected exception, which is logged.
        Exception: trouble of our own database, unchanged: the job is retried, and no failure of the source is counted.
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
        raise InternalFailure(message) from error
