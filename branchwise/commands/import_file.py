"""`branchwise import`: upload a file by the public road and follow its job, or see what the import would do."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table

from branchwise.jobs import counts_text, upload_and_follow
from branchwise.progress import console
from branchwise.stack_client import StackClient

_SHOWN_CHARACTERS = 60


def import_file(
    home: Path, kind: str, file: Path, tenant_id: UUID, options: dict[str, str] | None = None
) -> dict[str, Any]:
    """Import one file; the completed job. Raises StackNotRunning, Refused, JobDidNotComplete."""
    with StackClient(home) as stack:
        client = stack.in_tenant(tenant_id)
        job = upload_and_follow(client, kind, file, options)
    console.print(f"{file.name}: {counts_text(job)}")
    return job


def preview_file(
    home: Path, kind: str, file: Path, tenant_id: UUID, options: dict[str, str] | None = None
) -> dict[str, Any]:
    """Show what an import of a file would do; the preview. Raises StackNotRunning, Refused."""
    with StackClient(home) as stack, file.open("rb") as content:
        preview = stack.in_tenant(tenant_id).post(
            f"/data/import/{kind}/preview", files={"file": (file.name, content)}, data=options or {}, timeout=None
        )
    _show(file.name, preview)
    return preview


def _show(name: str, preview: dict[str, Any]) -> None:
    """How the file is understood, what would become of its rows, and the first of those that would not be taken."""
    # The answer itself, so not where progress is shown.
    out = Console(highlight=False, markup=False, soft_wrap=True)
    if preview.get("encoding"):
        understood = f"{preview['encoding']}, {preview['separator']}, preset {preview['preset']}"
        out.print(f"{name}: {understood}")
    columns = Table("our column", "from", "written as")
    for column in preview.get("columns") or ():
        read_from = column["header"] if column["value"] is None else f"always {column['value']}"
        columns.add_row(column["name"], read_from, column["dates"] or column["decimal"] or "")
    if columns.row_count:
        out.print(columns)
    told = ", ".join(f"{preview[name]:,} {name}" for name in ("new", "changed", "unchanged", "rejected", "totals"))
    out.print(told)
    for reject in preview["rejects"]:
        original = ", ".join(reject["original"])[:_SHOWN_CHARACTERS]
        out.print(f"  line {reject['line']}: {reject['reason']} ({original})")
    if preview["problem"]:
        out.print(f"Problem: {preview['problem']}", style="red")
