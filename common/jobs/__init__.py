"""Durable jobs: PgQueuer decides when they run, the `job` table says how they fare."""

from common.jobs.context import AWAITING, JobContext
from common.jobs.kind import JobCancelled, JobFailed, JobKind, Resume
from common.jobs.store import cancel, complete, enqueue, get_job, list_jobs, retry

__all__ = [
    "AWAITING",
    "JobCancelled",
    "JobContext",
    "JobFailed",
    "JobKind",
    "Resume",
    "cancel",
    "complete",
    "enqueue",
    "get_job",
    "list_jobs",
    "retry",
]
