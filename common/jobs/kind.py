"""The definition of a kind of job."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from common.jobs.context import JobContext


@dataclass(frozen=True)
class JobKind:
    """A kind of job: its name and the function that does the work. common/jobs/lanes.py defines where it queues.

    `run` must be idempotent, since it may be called again for the same job after a crash. It returns None when the job
    is done, `AWAITING` if something else will complete it later (`common.jobs.complete`), or a `Resume` to be called
    again.
    """

    name: str
    run: Callable[[JobContext], Awaitable[object]]
    max_attempts: int = 5
