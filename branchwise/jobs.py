"""Jobs of the stack as commands see them: begun by an upload, followed until they end, told in a line."""

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
    """Poll a job until it ends, telling its percentage; the completed job. Raises JobDidNotComplete."""
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
    """Stream the file to the gateway (its size does not matter to our memory), then wait for its rows."""
    with progress_bar() as bar:
        sending = bar.add_task(f"sending {file.name}", total=max(file.stat().st_size, 1))
        with bar.open(file, "rb", task_id=sending) as content:
            started = client.post(f"/data/import/{kind}", files={"file": (file.name, content)}, data=options or {})
        working = bar.add_task(f"importing {file.name}", total=100)
        path = f"/data/ingest/jobs/{started['job_id']}"
        return follow(client, path, lambda percent: bar.update(working, completed=percent))


def progress_bar() -> Progress:
    """A bar on stderr; nothing but its end where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def counts_text(job: dict[str, Any]) -> str:
    """A job's counts in one line."""
    return ", ".join(f"{name} {count:,}" for name, count in sorted(job["counts"].items()) if count) or "nothing new"
