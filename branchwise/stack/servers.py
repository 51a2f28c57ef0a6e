"""Provide Postgres and NATS: the servers that the settings name, or else embedded ones."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from branchwise.progress import console, step
from branchwise.stack.home import Home
from common.embedded.nats import EmbeddedNats, NatsDidNotStart
from common.embedded.postgres import EmbeddedPostgres, PostgresDidNotStart
from common.embedded.process import bound_log, listens
from common.settings import Settings
from database.rights import quoted
from database.roles import scram_verifier

# The role that runs migrations on the embedded server. It has no more rights than a managed server would grant.
MIGRATOR = "branchwise_admin"
_NATS_STOP_SECONDS = 2.0


def own_postgres(home: Path, settings: Settings) -> EmbeddedPostgres:
    """Return the embedded PostgreSQL of a home, without starting it."""
    return EmbeddedPostgres(home, bin_dir=Path(settings.branchwise_pg_bin) if settings.branchwise_pg_bin else None)


class Servers:
    """The servers on which the services depend. Call `start()`, then `have_ended()` regularly, and finally `stop()`."""

    def __init__(self, home: Home, settings: Settings, *, only_postgres: bool = False) -> None:
        self._settings = settings
        self._postgres = None if settings.postgres_host else own_postgres(home.path, settings)
        self._nats = None if settings.nats_url or only_postgres else EmbeddedNats(home.path)
        self._external_nats = "" if only_postgres else settings.nats_url

    def start(self) -> dict[str, Any]:
        """Start the embedded servers, and return the settings by which they are reached.

        Raises:
            PostgresDidNotStart, NatsDidNotStart
        """
        found: dict[str, Any] = {}
        if self._postgres is None:
            console.print(f"  PostgreSQL of {self._settings.postgres_host}:{self._settings.postgres_port}")
        else:
            with step("PostgreSQL"):
                self._postgres.start()
                found |= asyncio.run(self._prepare(self._postgres))
        if self._nats is not None:
            with step("NATS"):
                self._nats.start()
                found["nats_url"] = self._nats.url
        if self._external_nats:
            console.print(f"  NATS of {_nats_address(self._external_nats)}")
        return found

    def have_ended(self) -> bool:
        """Return whether a server that was started has ended. Also truncates logs that have become too long."""
        for _, server in self._embedded():
            bound_log(server.log)
        return not all(server.alive() for _, server in self._embedded())

    def restart_ended(self) -> None:
        """Start the servers that have ended again, on the same port."""
        for name, server in self._embedded():
            if not server.alive():
                console.print(f"[yellow]{name} is gone; starting it again[/yellow]")
                try:
                    server.start()
                except (PostgresDidNotStart, NatsDidNotStart) as error:
                    console.print(str(error), style="yellow", markup=False)

    def stop(self, within: float = 20) -> None:
        """Stop the embedded servers. Postgres is last, and has the rest of `within` (seconds) to shut down in order."""
        deadline = time.monotonic() + within
        for name, server in reversed(self._embedded()):
            if not server.stop(_NATS_STOP_SECONDS if name == "NATS" else deadline - time.monotonic()):
                console.print(f"[yellow]{name} did not stop in time: ended by force, which loses nothing[/yellow]")

    def _embedded(self) -> list[tuple[str, EmbeddedPostgres | EmbeddedNats]]:
        """Return the embedded servers with their names, in the order in which they start."""
        servers = (("PostgreSQL", self._postgres), ("NATS", self._nats))
        return [(name, server) for name, server in servers if server is not None]

    async def _prepare(self, server: EmbeddedPostgres) -> dict[str, Any]:
        """Create the migrating role and the database if they do not exist, and return the settings to reach them."""
        password = self._settings.role_password(MIGRATOR)
        name = self._settings.postgres_database
        connection = await asyncpg.connect(
            host=server.host, port=server.port, user=server.user, password=server.password, database="postgres"
        )
        try:
            if not await connection.fetchval("select true from pg_roles where rolname = $1", MIGRATOR):
                await connection.execute(f"create role {MIGRATOR} login createrole")
            await connection.execute(f"alter role {MIGRATOR} password '{scram_verifier(password)}'")
            if not await connection.fetchval("select true from pg_database where datname = $1", name):
                await connection.execute(f"create database {quoted(name)} encoding 'UTF8' template template0")
                await connection.execute(f"grant create on database {quoted(name)} to {MIGRATOR}")
        finally:
            await connection.close()
        return {
            "postgres_host": server.host,
            "postgres_port": server.port,
            "postgres_user": MIGRATOR,
            "postgres_password": password,
            "postgres_database": name,
        }


def _nats_address(nats_url: str) -> str:
    """Return the address of an external NATS server, with a note if it does not answer yet."""
    url = urlsplit(nats_url if "://" in nats_url else f"nats://{nats_url}")
    host, port = str(url.hostname), url.port or {"ws": 80, "wss": 443}.get(url.scheme, 4222)
    return (
        f"{host}:{port}" if listens(port, host) else f"{host}:{port}, which does not answer yet: services wait for it"
    )
