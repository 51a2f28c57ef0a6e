"""`branchwise import`: upload a file by the public road and follow its job."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from branchwise.commands.jobs import counts_text, follow, progress_bar
from branchwise.progress import console
from branchwise.stack_client import StackClient, TenantClient


def import_file(home: Path, kind: str, file: Path, tenant_id: UUID) -> dict[str, Any]:
    """Import one file; the completed job. Raises StackNotRunning, Refused, JobDidNotComplete."""
    with StackClient(home) as stack:
        client = stack.in_tenant(tenant_id)
        job = upload_and_follow(client, kind, file)
    console.print(f"{file.name}: {counts_text(job)}")
    return job


def upload_and_follow(client: TenantClient, kind: str, file: Path) -> dict[str, Any]:
    """Stream the file to the gateway (its size does not matter to our memory), then wait for its rows."""
    with progress_bar() as bar:
        sending = bar.add_task(f"sending {file.name}", total=max(file.stat().st_size, 1))
        with bar.open(file, "rb", task_id=sending) as content:
            started = client.post(f"/data/import/{kind}", files={"file": (file.name, content)})
        working = bar.add_task(f"importing {file.name}", total=100)
        path = f"/data/ingest/jobs/{started['job_id']}"
        return follow(client, path, lambda percent: bar.update(working, completed=percent))
