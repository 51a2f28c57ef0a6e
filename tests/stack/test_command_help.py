import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from branchwise.app import app


def _commands() -> list[tuple[str, ...]]:
    group = typer.main.get_command(app)
    found: list[tuple[str, ...]] = []
    for name, command in getattr(group, "commands", {}).items():
        inner = getattr(command, "commands", None)
        found += [(name, sub) for sub in inner] if inner else [(name,)]
    return found


@pytest.mark.parametrize("command", _commands(), ids=" ".join)
def test_help_says_what_it_does_with_an_example_and_takes_a_home(command: tuple[str, ...]) -> None:
    answer = CliRunner().invoke(app, [*command, "--help"])
    assert answer.exit_code == 0
    for part in ("Example: ", "--home", "BRANCHWISE_HOME"):
        assert part in answer.output


def test_bootstrap_prints_sql_and_nothing_else() -> None:
    answer = CliRunner().invoke(app, ["db", "bootstrap", "--print"])
    assert "createrole" in answer.stdout
    assert answer.stderr == ""


def test_what_upgrades_a_database_is_loaded_only_for_an_upgrade() -> None:
    # It takes as long to load as all the rest, and most commands have no use for it.
    code = "import sys; import branchwise.app; assert not {'alembic', 'sqlalchemy'} & set(sys.modules), 'loaded'"
    subprocess.run([sys.executable, "-c", code], check=True)
