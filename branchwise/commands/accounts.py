"""`branchwise account`: disable an account in the whole system, and enable it again."""

from __future__ import annotations

from typing import Annotated

import typer

from branchwise.home_option import HomeOption, chosen_home
from branchwise.progress import console
from branchwise.stack_client import StackClient

app = typer.Typer(no_args_is_help=True, help="People who sign in, whatever their tenants.")

EmailArgument = Annotated[str, typer.Argument(help="The email that the account signs in with.")]


@app.command("revoke", epilog="Example: branchwise account revoke former.colleague@acme.example")
def revoke(email: EmailArgument, home: HomeOption = None) -> None:
    """Disable an account and end its sessions, and the API keys and invitations it made, at once and everywhere."""
    with StackClient(chosen_home(home)) as stack:
        answer = stack.operator("/accounts/revoke", {"email": email})
    counts = (("sessions", "sessions_ended"), ("API keys", "api_keys_ended"), ("invitations", "invitations_ended"))
    ended = ", ".join(f"{what} {answer[name]}" for what, name in counts)
    console.print(f"{answer['email']} is shut out; ended: {ended}", markup=False)


@app.command("restore", epilog="Example: branchwise account restore colleague@acme.example")
def restore(email: EmailArgument, home: HomeOption = None) -> None:
    """Let an account sign in again; sessions, API keys and invitations that were ended stay ended."""
    with StackClient(chosen_home(home)) as stack:
        answer = stack.operator("/accounts/restore", {"email": email})
    console.print(f"{answer['email']} may sign in again", markup=False)
