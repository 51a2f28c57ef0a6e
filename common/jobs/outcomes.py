"""How a job's work says how it went: by what it returns, or by what it raises."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

# Returned by work that something else will complete later (`common.jobs.complete`).
AWAITING: Final = object()


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
