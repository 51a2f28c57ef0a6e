"""Following a job of the stack until it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
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


def progress_bar() -> Progress:
    """A bar on stderr; nothing but its end where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def counts_text(job: dict[str, Any]) -> str:
    """A job's counts in one line."""
    return ", ".join(f"{name} {count:,}" for name, count in sorted(job["counts"].items()) if count) or "nothing new"
