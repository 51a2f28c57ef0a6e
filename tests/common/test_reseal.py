"""Changing the key that seals: everything is sealed anew, and the former key can go."""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from branchwise.commands.secrets import app as secrets_commands
from branchwise.stack.home import SECRETS_KEY_ID, Home
from common.db import Database
from common.reseal import LOOKUP, reseal, reseal_column
from common.sealed_columns import (
    REFRESH_ANSWER,
    SEALED_COLUMNS,
    SIGN_IN_SECRETS,
    SIGNING_KEY,
    SMTP_PASSWORD,
    SOURCE_SECRETS,
)
from common.sealing import SealBroken, configured_key_id, current_key_id, seal, unseal
from common.settings import SERVICES_WITH_DATABASE, Settings
from common.testing.cluster import MigratedDatabase

A, B = (f"key {name} of the tests with thirty-two bytes" for name in "AB")
ROWS = 7
TENANTS = [uuid4() for _ in range(ROWS)]
_SEALED_COLUMNS = """
    select table_schema, table_name, column_name from information_schema.columns
    where column_name like '%sealed%' and table_schema = any($1)
"""


def with_keys(database: MigratedDatabase, key: str = "", old: str = "") -> Settings:
    given = {"secrets_key": SecretStr(key), "secrets_keys_old": SecretStr(old)}
    return database.settings.model_copy(update=given)


@pytest.fixture
async def superuser(database: MigratedDatabase) -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_dsn)
    await connection.execute("set session_replication_role = replica")
    yield connection
    await connection.close()


async def fill(superuser: asyncpg.Connection, settings: Settings) -> dict[str, str]:
    """Seal some of everything; what each place holds."""
    told: dict[str, str] = {}

    def sealed(place: str) -> str:
        told[place] = secrets.token_hex(8)
        return seal(settings, told[place], place)

    for tenant_id in TENANTS:
        name = tenant_id.hex
        hashed = tenant_id.bytes
        await superuser.execute(
            "insert into auth.signing_key (kid, algorithm, public_jwk, sealed_private_key)"
            " values ($1, 'EdDSA', '{}', $2)",
            *(name, sealed(SIGNING_KEY.place(name))),
        )
        await superuser.execute(
            "insert into auth.pending_sign_in"
            " (state_hash, provider, redirect_uri, browser_hash, sealed_secrets, expires_at)"
            " values ($1, 'p', 'r', '', $2, now())",
            *(hashed, sealed(SIGN_IN_SECRETS.place(hashed))),
        )
        await superuser.execute(
            "insert into auth.refresh_token (token_hash, session_id, sealed_answer)"
            " values ($1, gen_random_uuid(), $2), ($3, gen_random_uuid(), null)",
            *(hashed, sealed(REFRESH_ANSWER.place(hashed)), hashed + b"none"),
        )
        await superuser.execute(
            "insert into email.smtp_config"
            " (tenant_id, server, port, from_address, username, password_sealed, use_tls, updated_by, updated_at)"
            " values ($1, 's', 25, 'f', 'u', $2, true, $1, '2024-01-01'),"
            " ($3, 's', 25, 'f', '', null, true, $3, now())",
            *(tenant_id, sealed(SMTP_PASSWORD.place(tenant_id)), uuid4()),
        )
        await superuser.execute(
            "insert into data.source (tenant_id, source_id, kind, name, secrets_sealed)"
            " values ($1, $1, 'meta_ads', 'ads', $2), ($1, gen_random_uuid(), 'measurement_protocol', 'app', null)",
            *(tenant_id, sealed(SOURCE_SECRETS.place(tenant_id))),
        )
    return told


async def opened(superuser: asyncpg.Connection, settings: Settings) -> dict[str, str]:
    """What each place holds now, with these keys."""
    found: dict[str, str] = {}
    for column in SEALED_COLUMNS:
        rows = await superuser.fetch(
            f"select {column.key}, {column.column} from {column.service}.{column.table}"
            f" where {column.column} is not null"
        )
        found |= {column.place(key): unseal(settings, value, column.place(key)) for key, value in rows}
    return found


async def test_no_sealed_column_is_left_out(superuser: asyncpg.Connection) -> None:
    found = await superuser.fetch(_SEALED_COLUMNS, list(SERVICES_WITH_DATABASE))

    assert {tuple(row) for row in found} == {(known.service, known.table, known.column) for known in SEALED_COLUMNS}


async def test_after_resealing_the_former_key_is_not_needed(
    database: MigratedDatabase, superuser: asyncpg.Connection
) -> None:
    told = await fill(superuser, with_keys(database, A))
    assert len(told) == ROWS * len(SEALED_COLUMNS)
    moved = with_keys(database, B, A)
    assert await opened(superuser, moved) == told
    done = [one async for one in reseal(moved)]

    assert [(one.resealed, one.unreadable) for one in done] == [(ROWS, 0)] * len(SEALED_COLUMNS)
    assert await opened(superuser, with_keys(database, B)) == told
    with pytest.raises(SealBroken):
        await opened(superuser, with_keys(database, A))
    # Nothing but the seal has changed, and there is nothing left to do.
    assert {
        row[0].year
        for row in await superuser.fetch("select updated_at from email.smtp_config where password_sealed is not null")
    } == {2024}
    assert sum([one.resealed async for one in reseal(with_keys(database, B))]) == 0


async def test_broken_off_it_goes_on_where_it_was(database: MigratedDatabase, superuser: asyncpg.Connection) -> None:
    told = await fill(superuser, with_keys(database, A))
    moved = with_keys(database, B, A)
    async for _ in reseal(moved):
        break
    assert await opened(superuser, moved) == told
    assert sum([one.resealed async for one in reseal(moved)]) == ROWS * (len(SEALED_COLUMNS) - 1)
    assert await opened(superuser, with_keys(database, B)) == told


@pytest.mark.parametrize("batch", [1, 3, ROWS])
async def test_any_number_of_rows_is_resealed_batch_by_batch(
    database: MigratedDatabase, superuser: asyncpg.Connection, batch: int
) -> None:
    told = await fill(superuser, with_keys(database, A))
    await superuser.execute(
        "update email.smtp_config set password_sealed = 'v1.00000000.AAAA' where tenant_id = $1", TENANTS[0]
    )
    email = await Database.connect(database.settings.dsn("email"), name="email", max_size=1)
    done = await reseal_column(email, with_keys(database, B, A), SMTP_PASSWORD, batch)
    await email.close()

    assert (done.resealed, done.unreadable) == (ROWS - 1, 1)
    rest = {SMTP_PASSWORD.place(tenant): told[SMTP_PASSWORD.place(tenant)] for tenant in TENANTS[1:]}
    await superuser.execute("delete from email.smtp_config where tenant_id = $1", TENANTS[0])
    moved = await opened(superuser, with_keys(database, B, A))
    assert {place: moved[place] for place in rest} == rest


async def test_a_value_that_is_changed_meanwhile_keeps_the_change(
    database: MigratedDatabase, superuser: asyncpg.Connection
) -> None:
    await fill(superuser, with_keys(database, A))
    moved = with_keys(database, B, A)
    place = SMTP_PASSWORD.place(TENANTS[0])
    changed = superuser.transaction()
    await changed.start()
    await superuser.execute(
        "update email.smtp_config set password_sealed = $2 where tenant_id = $1",
        *(TENANTS[0], seal(moved, "changed", place)),
    )

    async def all_of_it() -> int:
        return sum([one.resealed async for one in reseal(moved)])

    resealing = asyncio.create_task(all_of_it())
    async with asyncio.timeout(20):
        while not await superuser.fetchval("select exists (select from pg_locks where not granted)"):
            await asyncio.sleep(0.02)
    await changed.commit()

    assert await resealing == ROWS * len(SEALED_COLUMNS) - 1
    assert (await opened(superuser, with_keys(database, B)))[place] == "changed"


async def test_the_look_up_opens_sealed_rows_and_nothing_else(
    database: MigratedDatabase, superuser: asyncpg.Connection
) -> None:
    await fill(superuser, with_keys(database, A))
    email = await Database.connect(database.settings.dsn("email"), name="email", max_size=1)
    try:
        async with email.lookup(LOOKUP) as connection:
            assert await connection.fetchval("select count(*) from email.smtp_config") == ROWS
            assert await connection.execute("delete from email.smtp_config") == "DELETE 0"
            for table in ("email.delivery", "email.branch_rep", "auth.tenant", "data.users"):
                assert await connection.fetchval(f"select count(*) from {table}") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with email.lookup(LOOKUP) as connection:
                await connection.execute("update email.smtp_config set password_sealed = null")
    finally:
        await email.close()
    data = await Database.connect(database.settings.dsn("data"), name="data", max_size=1)
    try:
        async with data.lookup(LOOKUP) as connection:
            assert await connection.fetchval("select count(*) from data.source") == ROWS
            assert await connection.execute("delete from data.source") == "DELETE 0"
            assert await connection.fetchval("select count(*) from data.measurement_stream") == 0
    finally:
        await data.close()


@pytest.fixture
def run(database: MigratedDatabase, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`branchwise secrets …` for this database and home."""
    settings = database.settings
    for name in ("postgres_host", "postgres_port", "postgres_user", "postgres_database"):
        monkeypatch.setenv(name.upper(), str(getattr(settings, name)))
    monkeypatch.setenv("DATABASE_ROLE_SECRET", settings.database_role_secret.get_secret_value())
    monkeypatch.setenv("POSTGRES_PASSWORD", settings.postgres_password.get_secret_value())

    async def command(*arguments: str) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, secrets_commands, [*arguments, "--home", str(settings.home)])

    return command


async def test_a_rotation_in_the_home_takes_one_command_and_another_forgets_the_former_key(
    database: MigratedDatabase, superuser: asyncpg.Connection, run: Any
) -> None:
    running = database.settings
    told = await fill(superuser, running)
    former = current_key_id(running)
    rotated = await run("rotate")

    assert rotated.exit_code == 0, rotated.output
    assert current_key_id(running) != former
    assert f"{ROWS} resealed" in rotated.output
    assert "Run it once more" in rotated.output
    again = await run("reseal")
    assert "are gone" in again.output
    assert sorted(path.name for path in (running.home / "secrets").iterdir() if path.name[0] != ".") == ["secrets_key"]
    assert await opened(superuser, running) == told


async def test_where_the_key_is_configured_it_is_changed_there(
    database: MigratedDatabase, superuser: asyncpg.Connection, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await fill(superuser, with_keys(database, A))
    monkeypatch.setenv("SECRETS_KEY", B)
    assert "SECRETS_KEYS_OLD" in str((await run("rotate")).exception)
    unknown = await run("reseal")
    assert "open with none of the keys" in str(unknown.exception)
    monkeypatch.setenv("SECRETS_KEYS_OLD", A)
    assert (await run("reseal")).exit_code == 0
    monkeypatch.delenv("SECRETS_KEYS_OLD")
    assert "No former key is needed" in (await run("reseal")).output
    assert await opened(superuser, with_keys(database, B)) == told


@pytest.mark.parametrize("command", ["rotate", "reseal"])
@pytest.mark.parametrize(("theirs", "here"), [(A, ""), (A, B), ("", B)])
async def test_with_another_key_than_the_services_have_nothing_is_done(
    *,
    database: MigratedDatabase,
    superuser: asyncpg.Connection,
    run: Any,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    theirs: str,
    here: str,
) -> None:
    services = with_keys(database, theirs)
    told = await fill(superuser, services)
    stack_file = Home(database.settings.home)
    stack_file.write_stack_file({SECRETS_KEY_ID: configured_key_id(services)})
    monkeypatch.setenv("SECRETS_KEY", here)
    homes_key = database.settings.secret_file("secrets_key")
    try:
        refused = await run(command)
    finally:
        stack_file.forget_stack_file()

    assert "run it with the SECRETS_KEY that the services have" in str(refused.exception)
    assert A not in str(refused.exception)
    assert await opened(superuser, services) == told
    assert database.settings.secret_file("secrets_key") == homes_key


async def test_with_the_services_own_key_the_command_goes_on(
    database: MigratedDatabase, superuser: asyncpg.Connection, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(superuser, with_keys(database, A))
    stack_file = Home(database.settings.home)
    stack_file.write_stack_file({SECRETS_KEY_ID: configured_key_id(with_keys(database, B))})
    monkeypatch.setenv("SECRETS_KEY", B)
    monkeypatch.setenv("SECRETS_KEYS_OLD", A)
    try:
        resealed = await run("reseal")
    finally:
        stack_file.forget_stack_file()
    assert resealed.exit_code == 0, resealed.exception


async def test_a_rotation_makes_no_key_where_something_opens_with_none(
    database: MigratedDatabase, superuser: asyncpg.Connection, run: Any
) -> None:
    # As a shell without the services' SECRETS_KEY, on another machine than the stack.
    told = await fill(superuser, with_keys(database, A))
    before = current_key_id(database.settings)
    refused = await run("rotate")

    assert f"{len(told)} of the stored secrets open with none of the keys, and no new key" in str(refused.exception)
    assert current_key_id(database.settings) == before
    assert not (database.settings.home / "secrets" / "secrets_keys_old").exists()


def test_without_a_stack_the_command_says_how_to_start_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POSTGRES_HOST", raising=False)
    result = CliRunner().invoke(secrets_commands, ["reseal", "--home", str(tmp_path)])

    assert "branchwise up" in str(result.exception)
