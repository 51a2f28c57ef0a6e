"""A PostgreSQL for tests: one server for the run, one migrated template, a database for each test that is as new."""

import asyncio
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import asyncpg
from pydantic import SecretStr

from common.embedded.postgres import THROWAWAY, EmbeddedPostgres
from common.settings import Settings, get_settings
from common.testing.emptied import Untouched
from common.testing.superuser import let_go, on_connection
from database.rights import quoted
from database.roles import LOGIN_ROLES, scram_verifier
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
class PostgresServer:
    """A server for tests, and whom they are there."""

    host: str
    port: int
    superuser: str
    superuser_password: str
    migrator: str
    migrator_password: str
    role_secret: str

    def superuser_dsn(self, name: str) -> str:
        """Who made the server: sees every row."""
        return _dsn(self.superuser, self.superuser_password, self.host, self.port, name)

    def settings(self, name: str, home: Path) -> Settings:
        """Settings that point at a database of this server, whatever the environment says."""
        place = {
            "branchwise_home": home,
            "postgres_host": self.host,
            "postgres_port": self.port,
            "postgres_user": self.migrator,
            "postgres_password": SecretStr(self.migrator_password),
            "postgres_database": name,
            "database_role_secret": SecretStr(self.role_secret),
        }
        named = [(known, value) for known, value in os.environ.items() if known.lower() in Settings.model_fields]
        return _settings_in(tuple(named)).model_copy(update=place)

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

    def drop(self, name: str) -> None:
        """Drop a database and whoever is connected to it."""
        let_go(self.superuser_dsn(name))
        self.run(f"drop database if exists {name} with (force)")

    def run(self, statement: str) -> None:
        """Run one statement as the superuser, outside any test's database."""
        asyncio.run(_execute(self.superuser_dsn("postgres"), statement))


@dataclass(frozen=True)
class PostgresCluster(PostgresServer):
    """A server with a migrated template database, of which `database()` gives copies."""

    template: str
    untouched: Untouched
    _spare: list[str] = field(default_factory=list[str])

    @contextmanager
    def database(self, home: Path) -> Generator[MigratedDatabase]:
        """A migrated database with nothing in it: a copy of the template, or one that another test had and emptied.

        Whoever is still connected afterwards is sent away. One in which something else than months was defined is
        not given out again.
        """
        name = self._spare.pop() if self._spare else self._copy()
        superuser_dsn = self.superuser_dsn(name)
        as_new = False
        try:
            yield MigratedDatabase(name, self.settings(name, home), superuser_dsn)
            as_new = on_connection(superuser_dsn, self.untouched.restored)
        finally:
            if as_new:
                self._spare.append(name)
            else:
                self.drop(name)

    def drop_spare(self) -> None:
        """Drop the databases that nobody has."""
        while self._spare:
            self.drop(self._spare.pop())

    def _copy(self) -> str:
        name = f"branchwise_test_{secrets.token_hex(6)}"
        # Copied as files: through the log, as is the default, it takes twice to four times as long.
        self.run(f"create database {name} template {self.template} strategy file_copy")
        return name


@contextmanager
def postgres_cluster(tuning: Mapping[str, str] = THROWAWAY, folder: Path | None = None) -> Generator[PostgresCluster]:
    """The server that POSTGRES_HOST names, else an embedded one (of BRANCHWISE_PG_BIN where that is set).

    `tuning` is the embedded one's: DURABLE where it matters how long a commit takes. It lies in `folder`, or where
    temporary files do.
    """
    configured = get_settings()
    if os.environ.get("POSTGRES_HOST"):
        user, password = configured.postgres_user, configured.postgres_password.get_secret_value()
        # The roles belong to the whole server: their passwords must stay those of the stack that may run on it.
        secret = configured.database_role_secret.get_secret_value() or configured.secret_file("database_role_secret")
        place = (configured.postgres_host, configured.postgres_port)
        yield from _with_template(PostgresServer(*place, user, password, user, password, secret))
        return
    with embedded_postgres(tuning, folder) as server:
        superuser = (server.host, server.port, server.user, server.password)
        ours = PostgresServer(*superuser, _MIGRATOR, _MIGRATOR_PASSWORD, role_secret=secrets.token_hex(16))
        ours.run(f"create role {_MIGRATOR} login createrole")
        ours.run(_cheap_passwords({server.user: server.password, _MIGRATOR: _MIGRATOR_PASSWORD}))
        yield from _with_template(ours, ours_alone=True)


@contextmanager
def embedded_postgres(tuning: Mapping[str, str] = THROWAWAY, folder: Path | None = None) -> Generator[EmbeddedPostgres]:
    """A throw-away server in a temporary folder that PostgreSQL's account can reach."""
    home = Path(tempfile.mkdtemp(prefix="branchwise-test-", dir=folder))
    home.chmod(0o755)
    chosen = get_settings().branchwise_pg_bin
    server = EmbeddedPostgres(home, bin_dir=Path(chosen) if chosen else None, tuning=tuning)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _with_template(server: PostgresServer, *, ours_alone: bool = False) -> Generator[PostgresCluster]:
    template = f"branchwise_template_{secrets.token_hex(6)}"
    with server.empty_database() as name:
        settings = server.settings(name, Path(tempfile.gettempdir()))
        with _one_at_a_time():
            asyncio.run(upgrade(settings.admin_dsn(), settings.role_password))
        if ours_alone:
            server.run(_cheap_passwords({role: settings.role_password(role) for role in LOGIN_ROLES}))
        server.run(f"alter database {name} rename to {template}")
        untouched = asyncio.run(Untouched.of(server.superuser_dsn(template)))
        cluster = PostgresCluster(**vars(server), template=template, untouched=untouched)
        try:
            yield cluster
        finally:
            cluster.drop_spare()
            server.drop(template)


@contextmanager
def _one_at_a_time() -> Generator[None]:
    """Roles belong to the whole server, and two changes of one role at the same moment end in an error."""
    with (Path(tempfile.gettempdir()) / f"branchwise-test-{os.geteuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _cheap_passwords(passwords: Mapping[str, str]) -> str:
    """Statements that set passwords which a client proves in no time, as ever by SCRAM.

    To go through the usual four thousand rounds keeps Python busy for longer than all else that a connection takes.
    """
    return "; ".join(
        f"alter role {role} password '{scram_verifier(password, iterations=1)}'" for role, password in passwords.items()
    )


@lru_cache(maxsize=1)
def _settings_in(_environment: tuple[tuple[str, str], ...]) -> Settings:
    """The settings of a test but for its place, read once: to look through the environment takes longer than a copy."""
    return Settings(
        branchwise_home=Path("/nowhere"),
        environment="test",
        database_url="",
        database_pool_size=2,
        database_max_overflow=4,
    )


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _dsn(user: str, password: str, host: str, port: int, name: str) -> str:
    return f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@{host}:{port}/{name}"
