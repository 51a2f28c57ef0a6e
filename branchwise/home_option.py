"""The option `--home` of all commands, which selects the home of the stack."""

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
    """Return the given home, or else that of the settings, which `.env` may set."""
    return given or Settings().home
