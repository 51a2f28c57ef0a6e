"""The pool and its kinds of transaction: of one tenant, on behalf of a person, or a look-up that has no tenant yet."""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Protocol, TypeAlias
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy
Pool: TypeAlias = asyncpg.Pool

_LOOKUP_NAME = re.compile(r"[a-z][a-z_]{2,62}")
ACQUIRE_TIMEOUT_SECONDS = 10
COMMAND_TIMEOUT_SECONDS = 120
_ROLL_BACK_SECONDS = 10


class Caller(Protocol):
    """On whose behalf a transaction runs: `common.auth.principal.Principal`."""

    @property
    def tenant_id(self) -> UUID:
        """The tenant whose rows are meant."""
        ...

    @property
    def readable_branches(self) -> tuple[str, ...] | None:
        """The branches that the person may read; None: all."""
        ...

    @property
    def workable_branches(self) -> tuple[str, ...] | None:
        """The branches whose tasks the person may work; None: all."""
        ...


class NoConnection(ConnectionError):
    """No connection came free within ACQUIRE_TIMEOUT_SECONDS, or the server neither takes nor refuses one."""


class SilentlyUndone(Exception):
    """Postgres answered a commit with a roll-back."""


async def nothing_to_reset(connection: object) -> None:
    """Nothing to undo between check-outs: every setting of ours is SET LOCAL and ended with its transaction."""
    del connection


class Database:
    """A service's way to Postgres, under its own login role, behind row-level security."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    @classmethod
    async def connect(cls, dsn: str, *, name: str, max_size: int = 15, min_size: int = 1) -> "Database":
        """Open the pool.

        Raises:
            OSError, asyncpg.PostgresError: the server is away or refuses.
        """
        pool = await asyncpg.create_pool(
            dsn,
            min_size=min_size,
            max_size=max_size,
            max_inactive_connection_lifetime=60,
            command_timeout=COMMAND_TIMEOUT_SECONDS,
            timeout=ACQUIRE_TIMEOUT_SECONDS,
            reset=nothing_to_reset,
            # jit costs more than it saves on queries of milliseconds, and its first use more than the query.
            server_settings={"application_name": f"branchwise-{name}", "jit": "off", "timezone": "UTC"},
        )
        return cls(pool)

    async def close(self) -> None:
        """Give the connections back and close them."""
        await self.pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """A connection of no tenant, without a transaction: it sees only what no policy guards.

        Raises:
            NoConnection
        """
        try:
            connection = await self.pool.acquire(timeout=ACQUIRE_TIMEOUT_SECONDS)
        except TimeoutError as error:
            message = f"no connection to the database within {ACQUIRE_TIMEOUT_SECONDS} s"
            raise NoConnection(message) from error
        try:
            yield connection
        finally:
            # A connection that could not take back its statement in time is ended by the driver, which says so; what
            # the caller is told is its own error, or its cancellation.
            with suppress(TimeoutError):
                await self.pool.release(connection)

    def of(
        self, caller: Caller, *, account_id: UUID | None = None, readonly: bool = False
    ) -> AbstractAsyncContextManager[Connection]:
        """One transaction on behalf of a person: of their tenant, and of their branches where they are held to some.

        Every route that acts for a caller takes this one; `tenant` is for what the system does by itself.
        """
        branches, work_branches = caller.readable_branches, caller.workable_branches
        return self.tenant(
            caller.tenant_id,
            account_id=account_id,
            readonly=readonly,
            branches=branches,
            work_branches=work_branches,
        )

    @asynccontextmanager
    async def tenant(
        self,
        tenant_id: UUID,
        *,
        account_id: UUID | None = None,
        readonly: bool = False,
        branches: Sequence[str] | None = None,
        work_branches: Sequence[str] | None = None,
    ) -> AsyncGenerator[Connection]:
        """One transaction that sees and writes the rows of one tenant only; it holds no other by `transaction()`.

        With `branches` it sees the tasks and figures of these only, with `work_branches` it changes what became of
        the tasks of these only (database/policies/branches.sql).

        Raises:
            NoConnection
            ConnectionResetError: the connection was lost before the commit.
            SilentlyUndone: a statement failed, its error was caught, and the block went on to its end.
        """
        settings = f"set local app.tenant_id = '{UUID(str(tenant_id))}'"
        if account_id is not None:
            settings += f"; set local app.account_id = '{UUID(str(account_id))}'"
        if branches is not None:
            settings += f"; set local app.branch_codes = {_text_array(branches)}"
        if work_branches is not None:
            settings += f"; set local app.work_branch_codes = {_text_array(work_branches)}"
        async with self._transaction(settings, readonly=readonly) as connection:
            yield connection

    @asynccontextmanager
    async def lookup(
        self,
        name: str,
        *,
        account_id: UUID | None = None,
        token_hash: bytes | None = None,
        row_id: UUID | None = None,
    ) -> AsyncGenerator[Connection]:
        """One transaction for a look-up across tenants that `database/policies/lookups.sql` names.

        `account_id`, `token_hash` or `row_id` say which rows it opens, where its policy asks for that.

        Raises:
            NoConnection
            ValueError: the name is not a plain word.
        """
        if not _LOOKUP_NAME.fullmatch(name):
            message = f"not the name of a look-up: {name!r}"
            raise ValueError(message)
        settings = f"set local app.lookup = '{name}'"
        if account_id is not None:
            settings += f"; set local app.account_id = '{UUID(str(account_id))}'"
        if token_hash is not None:
            settings += f"; set local app.token_hash = '{token_hash.hex()}'"
        if row_id is not None:
            settings += f"; set local app.row_id = '{UUID(str(row_id))}'"
        async with self._transaction(settings, readonly=False) as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self, settings: str, *, readonly: bool) -> AsyncGenerator[Connection]:
        async with self.connection() as connection:
            try:
                # One message for both: asyncpg's own transaction() would cost every request a round trip more.
                await connection.execute(f"begin{' read only' if readonly else ''}; {settings}")
                yield connection
                ended = await connection.execute("commit")
            except BaseException as error:
                if not _is_lost(connection):
                    await _roll_back(connection)
                elif isinstance(error, asyncpg.InterfaceError):
                    # The driver says only that it cannot be used any more: what it means is an outage.
                    message = "the connection was lost within a transaction"
                    raise ConnectionResetError(message) from error
                raise
            if ended != "COMMIT":
                raise SilentlyUndone


def _text_array(texts: Sequence[str]) -> str:
    """An array of texts as a quoted literal, whatever stands in them: SET takes no parameters."""
    escaped = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    array = "{" + ",".join(f'"{text}"' for text in escaped) + "}"
    return "'" + array.replace("'", "''") + "'"


def _is_lost(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        # The pool has taken it back already.
        return True


async def _roll_back(connection: Connection) -> None:
    """Undo; a connection that cannot even do that must not reach the next caller with its transaction open.

    How it failed is not told: the caller's own error goes on, which may be a cancellation.
    """
    try:
        await connection.execute("rollback", timeout=_ROLL_BACK_SECONDS)
    except BaseException as error:
        # The driver may have ended it already, and then the pool has it back.
        if not _is_lost(connection):
            connection.terminate()
        if not isinstance(error, Exception):
            raise
