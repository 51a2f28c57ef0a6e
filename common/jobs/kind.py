"""What a job kind is, and how its work says that it cannot go on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from common.jobs.context import JobContext


class JobCancelled(Exception):
    """Somebody asked this job to stop; raised by `JobContext.progress`."""


class JobHandedBack(Exception):
    """This worker has the job no more, or hands it back to the queue; raised by `JobContext.progress`."""


class JobFailed(Exception):
    """The job cannot succeed however often it is tried; its text is shown to the user."""


class AttemptFailed(Exception):
    """This attempt did not succeed, another one may; its text is shown to the user meanwhile, and should all fail."""


@dataclass(frozen=True)
class Resume:
    """A job's answer that it is to be called again, behind others that wait, and holds no slot until then.

    `at` is when; None: when its turn comes. `note` says to the user what it waits for.
    """

    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class JobKind:
    """A kind of job, by its name, and the function that does the work; common/jobs/lanes.py says where it queues.

    `run` may be called again for the same job after a crash and must come out the same. It returns None when the
    job is done, `AWAITING` when something else will complete it later (`common.jobs.complete`), or a `Resume` when
    it is to be called again.
    """

    name: str
    run: "Callable[[JobContext], Awaitable[object]]"
    max_attempts: int = 5
