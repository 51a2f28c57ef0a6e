"""The option that every command has: in which home the stack is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from common.settings import Settings

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home", envvar="BRANCHWISE_HOME", help="Folder with the state of the stack. [dim]\\[default: var][/dim]"
    ),
]


def chosen_home(given: Path | None) -> Path:
    """The home that was named, else the one of the settings (which `.env` may name)."""
    return given or Settings().home
