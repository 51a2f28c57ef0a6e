"""Durable jobs: PgQueuer decides when they run, the `job` table says how they fare.

A job is a row that people see (store.py, shapes.py), of a kind whose function does the work (kind.py, context.py) and
says how it went (outcomes.py). It queues by a ticket, PgQueuer's row, a new one for each attempt or step (tickets.py),
in the lane of its kind, whose slots all tenants share (lanes.py); a tenant that holds its share waits for its turn
(turns.py). A worker that is handed a ticket begins a life at the job and leaves it in some way, each one transaction
(lives.py, worker.py); the runner opens the queue (runner.py) and finds jobs without a ticket (lost.py). What happens
by the clock is cron.py's.
"""

from common.jobs.context import JobContext
from common.jobs.kind import JobKind
from common.jobs.outcomes import AWAITING, AttemptFailed, JobCancelled, JobFailed, JobHandedBack, Resume
from common.jobs.store import cancel, complete, enqueue, get_job, list_jobs, retry

__all__ = [
    "AWAITING",
    "AttemptFailed",
    "JobCancelled",
    "JobContext",
    "JobFailed",
    "JobHandedBack",
    "JobKind",
    "Resume",
    "cancel",
    "complete",
    "enqueue",
    "get_job",
    "list_jobs",
    "retry",
]
