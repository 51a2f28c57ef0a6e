"""Durable jobs: PgQueuer decides when they run, and the `job` table holds their state.

- A job is a row that users see (store.py, shapes.py). The function of its kind does the work (kind.py, context.py) and
  returns or raises an outcome (outcomes.py).
- It is queued by a ticket, which is PgQueuer's row. Each attempt or step gets a new ticket (tickets.py).
- The ticket waits in the lane of the job's kind, whose slots all tenants share (lanes.py). Jobs of a tenant that
  already holds its share of the slots step aside (turns.py).
- A worker that receives a ticket begins the job and later writes its outcome, each in one transaction (worker.py,
  lives.py). The runner opens the queue (runner.py) and finds jobs that have lost their ticket (lost.py).
- Functions that run at scheduled times are in cron.py.
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
