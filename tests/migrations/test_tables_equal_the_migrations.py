from pathlib import Path

import asyncpg
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

from common.jobs.tickets import queue_settings
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from database.roles import OWNER, make_roles, make_schemas
from database.sql_files import for_each_service, reapplied_files, run_file, table_files
from tests.migrations.catalog import catalog_of

ROOT = Path(__file__).parents[2]


async def test_the_tables_files_and_the_revisions_give_the_same_database(
    database: MigratedDatabase, empty_database: Settings
) -> None:
    connection = await asyncpg.connect(empty_database.admin_dsn())
    await make_roles(connection)
    await make_schemas(connection)
    await connection.execute(f"set role {OWNER}")
    for file in table_files():
        await run_file(connection, file)
    await connection.execute("set check_function_bodies = off")
    for file in reapplied_files():
        await run_file(connection, file)
    await connection.close()

    by_files, by_revisions = await catalog_of(empty_database.admin_dsn()), await catalog_of(database.superuser_dsn)
    assert by_files == by_revisions
    assert len(by_files) > 500


def test_every_table_file_is_listed_in_its_order() -> None:
    tables = ROOT / "database" / "tables"
    files = {str(path.relative_to(tables)) for path in tables.glob("[a-z]*/*.sql")}
    listed = (tables / "ORDER").read_text().split()
    assert sorted(listed) == sorted(files)


def test_the_queue_tables_are_those_of_the_installed_pgqueuer() -> None:
    template = (ROOT / "database" / "tables" / "_each_service" / "pgqueuer.sql").read_text()
    for file in for_each_service("pgqueuer", template):
        service = file.name.removeprefix("pgqueuer for ")
        built = QueryBuilderEnvironment(queue_settings(service)).build_install_query()
        assert _statements(file.text) == _statements(built) - {f"CREATE SCHEMA IF NOT EXISTS {service}"}


def _statements(script: str) -> set[str]:
    lines = [line for line in script.splitlines() if not line.startswith("--")]
    return {" ".join(statement.split()) for statement in "\n".join(lines).split(";\n") if statement.strip()}
