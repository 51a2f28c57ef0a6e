"""`branchwise send-reports`: send the branch reports of a day, and wait until they are sent."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from branchwise.jobs import counts_text, follow, progress_bar
from branchwise.progress import console
from branchwise.stack_client import StackClient


def send_reports(home: Path, tenant_id: UUID, day: date, branches: list[str], *, force: bool) -> dict[str, Any]:
    """Send the reports, and return the completed job.

    Raises:
        StackNotRunning, Refused, JobDidNotComplete
    """
    body: dict[str, Any] = {"report_date": day.isoformat(), "force": force}
    if branches:
        body["branch_codes"] = branches
    with StackClient(home) as stack, progress_bar() as bar:
        client = stack.in_tenant(tenant_id)
        started = client.post("/analytics/email/send-reports", json=body)
        task = bar.add_task(f"reports of {day}", total=100)
        path = f"/analytics/email/jobs/{started['job_id']}"
        job = follow(client, path, lambda percent: bar.update(task, completed=percent))
    console.print(f"Reports of {day}: {counts_text(job)}")
    return job
