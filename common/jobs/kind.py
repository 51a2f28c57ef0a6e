"""What a job kind is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from common.jobs.context import JobContext


@dataclass(frozen=True)
class JobKind:
    """A kind of job, by its name, and the function that does the work; common/jobs/lanes.py says where it queues.

    `run` may be called again for the same job after a crash and must come out the same. It returns None when the
    job is done, `AWAITING` when something else will complete it later (`common.jobs.complete`), or a `Resume` when
    it is to be called again.
    """

    name: str
    run: Callable[[JobContext], Awaitable[object]]
    max_attempts: int = 5
