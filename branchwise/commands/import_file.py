"""`branchwise import`: upload a file through the public API and follow its job, or preview its import."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table

from branchwise.jobs import counts_text, upload_and_follow
from branchwise.progress import console
from branchwise.stack_client import StackClient

_MAX_REJECT_CHARACTERS = 60


def import_file(
    home: Path, kind: str, file: Path, tenant_id: UUID, options: dict[str, str] | None = None
) -> dict[str, Any]:
    """Import one file, and return the completed job.

    Raises:
        StackNotRunning, Refused, JobDidNotComplete
    """
    with StackClient(home) as stack:
        client = stack.in_tenant(tenant_id)
        job = upload_and_follow(client, kind, file, options)
    console.print(f"{file.name}: {counts_text(job)}")
    return job


def preview_file(
    home: Path, kind: str, file: Path, tenant_id: UUID, options: dict[str, str] | None = None
) -> dict[str, Any]:
    """Show what an import of a file would do, and return the preview.

    Raises:
        StackNotRunning, Refused
    """
    with StackClient(home) as stack, file.open("rb") as content:
        preview = stack.in_tenant(tenant_id).post(
            f"/data/import/{kind}/preview", files={"file": (file.name, content)}, data=options or {}, timeout=None
        )
    _show(file.name, preview)
    return preview


def _show(name: str, preview: dict[str, Any]) -> None:
    """Print how the file is interpreted, how many rows would change, and the first rows that would be rejected."""
    # On stdout, because this is the result and not the progress.
    out = Console(highlight=False, markup=False, soft_wrap=True)
    if preview.get("encoding"):
        interpretation = f"{preview['encoding']}, {preview['separator']}, preset {preview['preset']}"
        out.print(f"{name}: {interpretation}")
    columns = Table("our column", "from", "written as")
    for column in preview.get("columns") or ():
        read_from = column["header"] if column["value"] is None else f"always {column['value']}"
        columns.add_row(column["name"], read_from, column["dates"] or column["decimal"] or "")
    if columns.row_count:
        out.print(columns)
    counts = ", ".join(f"{preview[name]:,} {name}" for name in ("new", "changed", "unchanged", "rejected", "totals"))
    out.print(counts)
    for reject in preview["rejects"]:
        original = ", ".join(reject["original"])[:_MAX_REJECT_CHARACTERS]
        out.print(f"  line {reject['line']}: {reject['reason']} ({original})")
    if preview["problem"]:
        out.print(f"Problem: {preview['problem']}", style="red")
