"""`branchwise tenant`: create tenants, and set their plans."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from branchwise.home_option import HomeOption, chosen_home
from branchwise.progress import console
from branchwise.stack_client import StackClient

app = typer.Typer(no_args_is_help=True, help="Companies that use this stack.")


class Plan(StrEnum):
    """The plans, which limit a company's requests per hour."""

    free = "free"
    premium = "premium"
    enterprise = "enterprise"


@app.command(
    "create",
    epilog="Example: branchwise tenant create 'Acme Tools' --time-zone America/Chicago --currency USD"
    " --owner-email owner@acme.example --owner-password 'four lamps and a ladder'",
)
def create(
    name: Annotated[str, typer.Argument(help="The company's name.")],
    time_zone: Annotated[str, typer.Option(help="IANA name; its days are the tenant's days.")],
    currency: Annotated[str, typer.Option(help="ISO 4217 code.")],
    owner_email: Annotated[str, typer.Option(help="Who becomes the tenant's admin.")],
    owner_password: Annotated[
        str,
        typer.Option(
            envvar="BRANCHWISE_OWNER_PASSWORD",
            help="At least 12 characters and hard to guess; of an owner who has an account, the one they have.",
            show_envvar=True,
        ),
    ],
    home: HomeOption = None,
) -> None:
    """Create a tenant with its admin; prints a JSON object with `tenant_id`."""
    body = {
        "name": name,
        "time_zone": time_zone,
        "currency": currency,
        "owner_email": owner_email,
        "owner_password": owner_password,
    }
    with StackClient(chosen_home(home)) as stack:
        created = stack.operator("/tenants", body)
    sys.stdout.write(json.dumps({"tenant_id": created["tenant_id"]}) + "\n")


@app.command("plan", epilog="Example: branchwise tenant plan 6f9c… premium")
def plan(
    tenant_id: Annotated[UUID, typer.Argument(help="The tenant's id, as `tenant create` answered it.")],
    to: Annotated[
        Plan, typer.Argument(metavar="PLAN", help="Requests an hour: free 100, premium 1,000, enterprise 10,000.")
    ],
    home: HomeOption = None,
) -> None:
    """Set a company's plan; it holds from the next request on."""
    with StackClient(chosen_home(home)) as stack:
        answer = stack.operator(f"/tenants/{tenant_id}/plan", {"plan": to.value}, method="PUT")
    console.print(f"{answer['tenant_id']} has the plan {answer['plan']}", markup=False)
