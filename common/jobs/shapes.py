"""Response models of jobs. `job_view` in store.py makes their values."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel


class Progress(BaseModel):
    """How far a job is, in the unit of its kind: bytes of the file for an import, reports for sending reports."""

    done: int
    total: int | None
    percent: float


class Job(BaseModel):
    """A long-running job. Poll it until `status` is `completed`, `failed` or `cancelled`.

    `counts` depends on the kind: an import counts new rows by table, `duplicates` and `rejected`; sending reports
    counts reports by outcome. `eta` is the estimated end, if it can be estimated. If the job waits for something, such
    as a vendor's quota, `note` says for what and `resumes_at` until when.
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
