import subprocess

import pytest
import typer

from branchwise.cli import app
from tests.stack.conftest import COMMAND, environment


def _commands() -> list[tuple[str, ...]]:
    group = typer.main.get_command(app)
    found: list[tuple[str, ...]] = []
    for name, command in getattr(group, "commands", {}).items():
        inner = getattr(command, "commands", None)
        found += [(name, sub) for sub in inner] if inner else [(name,)]
    return found


@pytest.mark.parametrize("command", _commands(), ids=" ".join)
def test_help_says_what_it_does_with_an_example_and_takes_a_home(command: tuple[str, ...]) -> None:
    answer = subprocess.run(
        [COMMAND, *command, "--help"], capture_output=True, text=True, check=True, env=environment()
    )
    assert "Example: " in answer.stdout
    assert "--home" in answer.stdout
    assert "BRANCHWISE_HOME" in answer.stdout


def test_bootstrap_prints_sql_and_nothing_else() -> None:
    answer = subprocess.run(
        [COMMAND, "db", "bootstrap", "--print"], capture_output=True, text=True, check=True, env=environment()
    )
    assert "createrole" in answer.stdout
    assert answer.stderr == ""
