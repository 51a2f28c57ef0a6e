"""The results of a job's function, and the exceptions that it may raise."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

# Returned by a job that something else will complete later (`common.jobs.complete`).
AWAITING: Final = object()


class JobCancelled(Exception):
    """Somebody requested to cancel this job; raised by `JobContext.progress`."""


class JobHandedBack(Exception):
    """This worker no longer holds the job, or hands it back to the queue; raised by `JobContext.progress`."""


class JobFailed(Exception):
    """The job cannot succeed, so it is not tried again. The text is shown to the user."""


class AttemptFailed(Exception):
    """This attempt failed, but another one may succeed.

    The text is shown to the user until then, and as the error if all attempts fail.
    """


@dataclass(frozen=True)
class Resume:
    """Returned by a job that wants to be called again. It queues behind the waiting jobs and holds no slot until then.

    `at` is the earliest time; None means when its turn comes. `note` tells the user what the job waits for.
    """

    at: datetime | None = None
    note: str = ""
