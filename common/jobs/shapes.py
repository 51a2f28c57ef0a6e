"""What a job looks like in an answer; `job_view` makes its plain values."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel


class Progress(BaseModel):
    """How far a job is, in its own unit: of an import bytes of the file, of a sending reports."""

    done: int
    total: int | None
    percent: float


class Job(BaseModel):
    """Long work. `counts`: of an import new rows by table, `duplicates` and `rejected`; of a sending reports by end.

    `eta` is when it is expected to end, where that can be reckoned. A job that waits for something (a vendor's quota,
    say) says for what in `note` and until when in `resumes_at`.
    """

    job_id: UUID
    kind: str
    status: Literal["queued", "running", "completed", "failed", "cancelled"]
    progress: Progress
    counts: dict[str, int]
    error: str | None
    note: str
    resumes_at: datetime | None
    eta: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobPage(BaseModel):
    """A page of jobs, newest first."""

    data: list[Job]
    total: int
    page: int
    limit: int
    has_more: bool
