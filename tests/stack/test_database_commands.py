"""`make db_setup` and `make db_clean` on the servers that a home has of its own."""

import os
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from common.embedded.postgres import EmbeddedPostgres
from common.settings import get_settings
from common.testing.stack import Stack
from tests.stack.run_script import run_script

pytestmark = [pytest.mark.xdist_group("lifecycle"), pytest.mark.timeout(300)]


async def test_a_database_is_set_up_and_cleared_only_when_agreed(new_stack: Callable[[], Stack]) -> None:
    home = new_stack().home
    record = home / "demo" / "demo.json"
    run_script("init_db", home).check_returncode()
    await _tenants(
        home,
        "insert into auth.tenant (tenant_id, name, time_zone, currency) values (gen_random_uuid(), 'A', 'UTC', 'EUR')",
    )
    record.parent.mkdir()
    record.write_text("{}")

    for answer in ("no\n", ""):
        declined = run_script("clear_db", home, said=answer)
        assert declined.returncode == 1
        assert "Nothing was deleted." in declined.stderr
    assert await _tenants(home) == 1
    assert record.exists()

    run_script("clear_db", home, said="yes\n").check_returncode()
    assert await _tenants(home) == 0
    assert not record.exists()
    assert "as before" in run_script("init_db", home).stderr


def test_a_new_home_is_closed_but_for_the_way_to_the_data(new_stack: Callable[[], Stack]) -> None:
    home = new_stack().home / "new" / "home"
    run_script("init_db", home).check_returncode()
    assert (home / "postgres" / "data" / "PG_VERSION").exists()
    assert home.stat().st_mode & 0o777 == (0o700 if os.geteuid() else 0o711)
    assert {path.name: path.stat().st_mode & 0o777 for path in home.iterdir() if path.is_dir()} == dict.fromkeys(
        ("logs", "postgres", "run", "secrets"), 0o700
    )


def test_no_server_is_told_in_a_sentence(tmp_path: Path) -> None:
    refused = run_script("clear_db", tmp_path, "--yes", POSTGRES_HOST="127.0.0.1", POSTGRES_PORT="1")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr


async def _tenants(home: Path, statement: str = "") -> int:
    """How many tenants there are, after a statement; the home's own server runs for that long."""
    chosen = get_settings().branchwise_pg_bin
    server = EmbeddedPostgres(home, bin_dir=Path(chosen) if chosen else None)
    server.start()
    try:
        connection = await asyncpg.connect(
            host=server.host, port=server.port, user=server.user, password=server.password, database="branchwise"
        )
        if statement:
            await connection.execute(statement)
        count: int = await connection.fetchval("select count(*) from auth.tenant")
        await connection.close()
    finally:
        server.stop()
    return count
