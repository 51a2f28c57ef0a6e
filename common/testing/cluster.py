"""A PostgreSQL for tests: one server for the run, one migrated template, a database of its own for each test."""

import asyncio
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg

from common.embedded.postgres import THROWAWAY, EmbeddedPostgres
from common.settings import Settings, get_settings
from database.rights import quoted
from database.roles import scram_verifier
from database.upgrade import upgrade

_MIGRATOR = "branchwise_admin"
_MIGRATOR_PASSWORD = "migrator of the tests"  # noqa: S105 -- of a server that lives as long as the run


@dataclass(frozen=True)
class MigratedDatabase:
    """An empty, migrated database of one test.

    `settings` point at it (home: a folder of the test's own); `settings.dsn("data")` is a service's connection
    string, `settings.admin_dsn()` the migrating user's (not a superuser), `superuser_dsn` sees past the policies.
    """

    name: str
    settings: Settings
    superuser_dsn: str


@dataclass(frozen=True)
class PostgresCluster:
    """A server with a migrated template database, on which `database()` makes copies."""

    host: str
    port: int
    superuser: str
    superuser_password: str
    migrator: str
    migrator_password: str
    role_secret: str
    template: str

    def superuser_dsn(self, name: str) -> str:
        """Who made the server: sees every row."""
        return _dsn(self.superuser, self.superuser_password, self.host, self.port, name)

    def settings(self, name: str, home: Path) -> Settings:
        """Settings that point at a database of this server, whatever the environment says."""
        return Settings(
            branchwise_home=home,
            environment="test",
            postgres_host=self.host,
            postgres_port=self.port,
            postgres_user=self.migrator,
            postgres_password=self.migrator_password,  # pyright: ignore[reportArgumentType] -- pydantic makes it secret
            postgres_database=name,
            database_role_secret=self.role_secret,  # pyright: ignore[reportArgumentType] -- the same
            database_url="",
            database_pool_size=2,
            database_max_overflow=4,
        )

    @contextmanager
    def empty_database(self) -> Generator[str]:
        """A database with nothing in it, on which the migrating user may create; dropped afterwards."""
        name = f"branchwise_test_{secrets.token_hex(6)}"
        self.run(f"create database {name} encoding 'UTF8' template template0")
        self.run(f"grant create on database {name} to {quoted(self.migrator)}")
        try:
            yield name
        finally:
            self.drop(name)

    @contextmanager
    def database(self, home: Path) -> Generator[MigratedDatabase]:
        """A copy of the migrated template; dropped afterwards, whoever is still connected."""
        name = f"branchwise_test_{secrets.token_hex(6)}"
        # Copied as files: through the log, as is the default, it takes twice to four times as long.
        self.run(f"create database {name} template {self.template} strategy file_copy")
        try:
            yield MigratedDatabase(name, self.settings(name, home), self.superuser_dsn(name))
        finally:
            self.drop(name)

    def drop(self, name: str) -> None:
        """Drop a database and whoever is connected to it."""
        self.run(f"drop database if exists {name} with (force)")

    def run(self, statement: str) -> None:
        """Run one statement as the superuser, outside any test's database."""
        asyncio.run(_execute(self.superuser_dsn("postgres"), statement))


@contextmanager
def postgres_cluster(tuning: Mapping[str, str] = THROWAWAY) -> Generator[PostgresCluster]:
    """The server that POSTGRES_HOST names, else an embedded one (of BRANCHWISE_PG_BIN where that is set).

    `tuning` is the embedded one's: DURABLE where it matters how long a commit takes.
    """
    configured = get_settings()
    if os.environ.get("POSTGRES_HOST"):
        user, password = configured.postgres_user, configured.postgres_password.get_secret_value()
        # The roles belong to the whole server: their passwords must stay those of the stack that may run on it.
        secret = configured.database_role_secret.get_secret_value() or configured.secret_file("database_role_secret")
        place = (configured.postgres_host, configured.postgres_port)
        yield from _with_template(*place, user, password, user, password, secret)
        return
    with embedded_postgres(tuning) as server:
        verifier = scram_verifier(_MIGRATOR_PASSWORD)
        create = f"create role {_MIGRATOR} login createrole password '{verifier}'"
        asyncio.run(_execute(_dsn(server.user, server.password, server.host, server.port, "postgres"), create))
        place = (server.host, server.port)
        yield from _with_template(
            *place, server.user, server.password, _MIGRATOR, _MIGRATOR_PASSWORD, secrets.token_hex(16)
        )


@contextmanager
def embedded_postgres(tuning: Mapping[str, str] = THROWAWAY) -> Generator[EmbeddedPostgres]:
    """A throw-away server in a temporary folder that PostgreSQL's account can reach."""
    home = Path(tempfile.mkdtemp(prefix="branchwise-test-"))
    home.chmod(0o755)
    chosen = get_settings().branchwise_pg_bin
    server = EmbeddedPostgres(home, bin_dir=Path(chosen) if chosen else None, tuning=tuning)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _with_template(
    host: str, port: int, superuser: str, superuser_password: str, migrator: str, migrator_password: str, secret: str
) -> Generator[PostgresCluster]:
    template = f"branchwise_template_{secrets.token_hex(6)}"
    cluster = PostgresCluster(host, port, superuser, superuser_password, migrator, migrator_password, secret, template)
    with cluster.empty_database() as name:
        settings = cluster.settings(name, Path(tempfile.gettempdir()))
        with _one_at_a_time():
            asyncio.run(upgrade(settings.admin_dsn(), settings.role_password))
        cluster.run(f"alter database {name} rename to {template}")
        try:
            yield cluster
        finally:
            cluster.drop(template)


@contextmanager
def _one_at_a_time() -> Generator[None]:
    """Roles belong to the whole server, and two changes of one role at the same moment end in an error."""
    with (Path(tempfile.gettempdir()) / f"branchwise-test-{os.geteuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _dsn(user: str, password: str, host: str, port: int, name: str) -> str:
    return f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@{host}:{port}/{name}"
