"""Start jobs of the stack from commands, wait until they end, and format their counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from branchwise.progress import console
from branchwise.stack_client import TenantClient

_ENDED = ("completed", "failed", "cancelled")
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 1.0


class JobDidNotComplete(RuntimeError):
    """The job failed or was cancelled; the text says why."""


def follow(client: TenantClient, path: str, on_progress: Callable[[float], None]) -> dict[str, Any]:
    """Poll a job until it ends, and return it. `on_progress` gets its percentage at each poll.

    Raises:
        JobDidNotComplete: the job failed or was cancelled.
    """
    pause = _FIRST_PAUSE
    while True:
        job = client.get(path)
        on_progress(float(job["progress"]["percent"]))
        if job["status"] in _ENDED:
            break
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
    if job["status"] != "completed":
        message = f"The job {job['job_id']} {job['status']}: {job.get('error') or 'no reason given'}"
        raise JobDidNotComplete(message)
    return job


def upload_and_follow(
    client: TenantClient, kind: str, file: Path, options: dict[str, str] | None = None
) -> dict[str, Any]:
    """Upload a file to the gateway as a stream, then wait for its import and return the completed job.

    Raises:
        JobDidNotComplete: the job failed or was cancelled.
    """
    with progress_bar() as bar:
        upload = bar.add_task(f"sending {file.name}", total=max(file.stat().st_size, 1))
        with bar.open(file, "rb", task_id=upload) as content:
            started = client.post(f"/data/import/{kind}", files={"file": (file.name, content)}, data=options or {})
        import_task = bar.add_task(f"importing {file.name}", total=100)
        path = f"/data/ingest/jobs/{started['job_id']}"
        return follow(client, path, lambda percent: bar.update(import_task, completed=percent))


def progress_bar() -> Progress:
    """Return a progress bar on stderr. If that is not a terminal, only the final state is printed."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def counts_text(job: dict[str, Any]) -> str:
    """Format the counts of a job in one line."""
    return ", ".join(f"{name} {count:,}" for name, count in sorted(job["counts"].items()) if count) or "nothing new"
