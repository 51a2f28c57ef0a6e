"""`branchwise audit`: print a tenant's audit log, or the entries without a tenant, which only the operator may read."""

from __future__ import annotations

import json
import sys
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import typer

from branchwise.home_option import HomeOption, chosen_home
from branchwise.stack_client import StackClient


def audit(
    *,
    tenant_id: Annotated[UUID | None, typer.Option("--tenant", help="Whose log.")] = None,
    of_none: Annotated[
        bool, typer.Option("--none", help="What belongs to no tenant: unknown emails, calls on foreign tenants.")
    ] = False,
    action: Annotated[str | None, typer.Option(help="One action, or the noun of several: member, access, …")] = None,
    actor: Annotated[str | None, typer.Option(help="An id, an email or a key's name.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="The newest so many.")] = 50,
    home: HomeOption = None,
) -> None:
    """Print the audit log, newest first, one JSON object a line."""
    if (tenant_id is None) is not of_none:
        raise typer.BadParameter("say either --tenant ID or --none")
    filters = {"tenant_id": tenant_id, "action": action, "actor": actor, "limit": limit}
    query = urlencode({name: value for name, value in filters.items() if value is not None})
    with StackClient(chosen_home(home)) as stack:
        page = stack.operator(f"/audit?{query}", method="GET")
    for entry in page["data"]:
        sys.stdout.write(json.dumps(entry, ensure_ascii=False) + "\n")
