"""`branchwise keys`: list and rotate the keys that sign access tokens."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from branchwise.home_option import HomeOption, chosen_home
from branchwise.stack_client import StackClient

app = typer.Typer(no_args_is_help=True, help="The keys that sign access tokens.")


@app.command("list", epilog="Example: branchwise keys list")
def list_keys(home: HomeOption = None) -> None:
    """Show the keys that verify tokens now, and which of them signs."""
    with StackClient(chosen_home(home)) as stack:
        _show(stack.operator("/keys", method="GET"))


@app.command("rotate", epilog="Example: branchwise keys rotate")
def rotate(
    compromised: Annotated[
        bool,
        typer.Option(
            "--compromised",
            help="Somebody else may have the key: it verifies nothing from now on, and everybody refreshes at once.",
        ),
    ] = False,
    home: HomeOption = None,
) -> None:
    """Make a new key. It signs as soon as every service has it; the old one verifies as long as its tokens live."""
    with StackClient(chosen_home(home)) as stack:
        _show(stack.operator("/keys/rotate", {"compromised": compromised}))


def _show(answer: dict[str, Any]) -> None:
    """Print one line per key, newest first."""
    for key in answer["keys"]:
        role = "signs" if key["signs"] else f"signs from {key['signs_from']}" if key["waits"] else "signed before"
        until = f"verifies until {key['retired_at']}" if key["retired_at"] else "verifies until after the next rotation"
        sys.stdout.write(f"{key['kid']}  {role}, {until}\n")
