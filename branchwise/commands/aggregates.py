"""`branchwise aggregates`: compare the aggregates with raw rows, or rebuild them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import typer

from branchwise.home_option import HomeOption, chosen_home
from branchwise.jobs import follow, progress_bar
from branchwise.progress import console
from branchwise.stack_client import StackClient, TenantClient

app = typer.Typer(no_args_is_help=True, help="The aggregates behind answers: compare with raw rows, or rebuild them.")
_MAX_SHOWN = 20

Tenant = Annotated[UUID, typer.Option("--tenant", help="The tenant's id, as `tenant create` answered it.")]
From = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Its first day.")]
To = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Its last day; yesterday unless given.")
]


@app.command("verify", epilog="Example: branchwise aggregates verify --tenant 6f9c… --from 2026-01-01")
def verify(
    tenant: Tenant,
    first: From = None,
    last: To = None,
    *,
    mend: Annotated[bool, typer.Option("--mend", help="Rebuild the days on which something differs.")] = False,
    home: HomeOption = None,
) -> None:
    """Count the days again from raw rows, by independent code. Prints the rows that differ, and then exits with 1."""
    with StackClient(chosen_home(home)) as stack:
        client = stack.in_tenant(tenant)
        job = _run(client, "/api/analytics/aggregate/check", {**_days(first, last), "mend": mend}, "checking")
        found = job["counts"].get("differences", 0)
        console.print(f"{job['counts'].get('rows', 0):,} rows compared, {found:,} differ.")
        if found:
            _show(client, job["job_id"])
            raise typer.Exit(1)


@app.command("rebuild", epilog="Example: branchwise aggregates rebuild --tenant 6f9c… --from 2026-01-01")
def rebuild(tenant: Tenant, first: From = None, last: To = None, home: HomeOption = None) -> None:
    """Rebuild the aggregates of these days from raw rows. Answers change month by month, when each month is done."""
    with StackClient(chosen_home(home)) as stack:
        job = _run(stack.in_tenant(tenant), "/api/analytics/aggregate", _days(first, last), "rebuilding")
    console.print(f"{job['counts'].get('days', 0):,} days rebuilt.")


def _days(first: datetime | None, last: datetime | None) -> dict[str, Any]:
    end = last.date() if last else date.today() - timedelta(days=1)  # noqa: DTZ011 -- in the time zone of the operator
    begin = first.date() if first else end
    return {"date_from": begin.isoformat(), "date_to": end.isoformat()}


def _run(client: TenantClient, path: str, body: dict[str, Any], what: str) -> dict[str, Any]:
    started = client.post(path, json=body)
    with progress_bar() as bar:
        task = bar.add_task(f"{what} {body['date_from']} to {body['date_to']}", total=100)
        path = f"/api/analytics/jobs/{started['job_id']}"
        return follow(client, path, lambda percent: bar.update(task, completed=percent))


def _show(client: TenantClient, job_id: str) -> None:
    page = client.get(f"/api/analytics/aggregate/differences?job_id={job_id}&limit={_MAX_SHOWN}")
    for row in page["data"]:
        kept, counted = row["kept"] or "no row", row["counted"] or "no row"
        text = f"{row['table_name']} [{row['row_key']}]: kept {kept}, counted {counted}"
        console.print(text, markup=False, highlight=False)
    if page["has_more"]:
        console.print(f"and {page['total'] - len(page['data']):,} more")
