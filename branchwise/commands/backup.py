"""`branchwise backup` and `restore`: all state of a home that has a PostgreSQL of its own, in one file."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tarfile
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import asyncpg
import typer

from branchwise.commands.database import own_server, stopped_stack
from branchwise.home_option import HomeOption, chosen_home
from branchwise.progress import console, step
from branchwise.stack.home import DUMP, MADE_BY_LOCK, Home, StackAlreadyRuns
from branchwise.stack.schema import bring_up_to_date
from branchwise.stack.servers import own_postgres
from common.embedded.postgres import EmbeddedPostgres
from common.settings import Settings
from database.roles import make_roles

# Events are not among them: what was published stays in the outbox for longer than on the bus, and goes out again.
_FOLDERS = ("secrets", "files", "demo")
_OF_ANOTHER_SERVER = "docs/operations.md says how one on a server of your own is backed up and restored."


class CannotBackUp(RuntimeError):
    """The database is not the home's own, or its server refused; the message says what to do."""


class CannotRestore(RuntimeError):
    """The home is not empty, or the file is no backup, or the server refused it."""


def backup(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="The file to write; it will hold secrets.")],
    home: HomeOption = None,
) -> None:
    """Write the home's database, files and secrets into one file, whether the stack runs or not."""
    source, target = chosen_home(home), file.absolute().parent
    if not target.is_dir():
        message = f"There is no folder {target} to write into."
        raise CannotBackUp(message)
    with TemporaryDirectory(dir=target, prefix=f".{file.name}.") as folder:
        dump, whole = Path(folder) / DUMP, Path(folder) / "whole"
        # The database first: a file that it does not know of yet does no harm.
        with _server_of(source) as server, step("Database"):
            name = Settings(branchwise_home=source).postgres_database
            _run(server, "pg_dump", "--format=custom", f"--file={dump}", f"--dbname={name}", otherwise=CannotBackUp)
        # (what a link leads to: it would lead elsewhere from another home, or nowhere)
        with step("Files and secrets"), tarfile.open(whole, "w", dereference=True) as archive:
            archive.add(dump, DUMP)
            for path in _state(source):
                _add(archive, path, source)
        whole.chmod(0o600)
        whole.replace(file)
    console.print(f"  {file}: {file.stat().st_size / 1e6:,.1f} MB. With it every stored secret opens.", soft_wrap=True)


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `branchwise backup` wrote.")],
    home: HomeOption = None,
) -> None:
    """Make a new home of a backup that this version or an older one wrote, and bring its database up to date."""
    place = Home(chosen_home(home))
    is_new = not place.path.exists()
    if place.dump.exists():
        with place.lock():  # else it is being restored this moment
            place.check_whole()
    _check_empty(place.path)
    if Settings(branchwise_home=place.path).postgres_host:
        message = f"POSTGRES_HOST or DATABASE_URL names another server. {_OF_ANOTHER_SERVER}"
        raise CannotRestore(message)
    _check(file)
    with place.lock():
        _check_empty(place.path, but=MADE_BY_LOCK)
        _check_no_database(place.path)
        with _all_or_nothing(place, is_new=is_new):
            with step("Files and secrets"), tarfile.open(file) as archive:
                _unpack(archive, place.path)
            with own_server(place) as settings:
                _restore_database(place, settings)
            place.dump.unlink()
    console.print(f"  Start it with: branchwise up --home {place.path}", soft_wrap=True)


def _check_empty(home: Path, but: Collection[str] = ()) -> None:
    if home.exists() and any(path.name not in but for path in home.iterdir()):
        message = f"{home} is not empty: restore into a new home (--home), and start the stack from that one."
        raise CannotRestore(message)


def _check_no_database(home: Path) -> None:
    """Where root's PostgreSQL cannot reach a home, a home of that name that was moved or deleted left its data."""
    server = own_postgres(home, Settings(branchwise_home=home))
    if server.has_data:
        message = (
            f"{server.folder} holds the database of a home that was at {home}: restore into another home (--home), or "
            "remove that folder if nobody needs it."
        )
        raise CannotRestore(message)


@contextmanager
def _all_or_nothing(place: Home, *, is_new: bool) -> Generator[None]:
    """Where it fails, the home that was empty or not there is so again: half of a backup looks like all of it."""
    try:
        yield
    except BaseException:
        own_postgres(place.path, Settings(branchwise_home=place.path)).remove()
        for path in place.path.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if is_new:
            place.path.rmdir()
        console.print(f"  {place.path} is as it was before.", soft_wrap=True)
        raise


def _restore_database(place: Home, settings: Settings) -> None:
    server = _adopted(own_postgres(place.path, settings), settings, CannotRestore)
    with step("Database"):
        asyncio.run(_make_roles(settings))
        into = f"--dbname={settings.postgres_database}"
        _run(server, "pg_restore", "--single-transaction", into, str(place.dump), otherwise=CannotRestore)
    with step("Database schema"):
        bring_up_to_date(settings)


@contextmanager
def _server_of(home: Path) -> Generator[EmbeddedPostgres]:
    """The home's own server: the one that runs, else one that runs for as long as this takes."""
    server = own_postgres(home, Settings(branchwise_home=home)) if home.exists() else None
    if server is None or not server.has_data:
        message = f"There is no database in {home}. {_OF_ANOTHER_SERVER}"
        raise CannotBackUp(message)
    try:
        with stopped_stack(home) as (_, settings):
            yield _adopted(server, settings, CannotBackUp)
    except StackAlreadyRuns:
        yield _adopted(server, Settings(branchwise_home=home), CannotBackUp)


def _adopted(server: EmbeddedPostgres, settings: Settings, otherwise: type[RuntimeError]) -> EmbeddedPostgres:
    """The server that runs, which must be the one that the stack uses."""
    if (settings.postgres_host, settings.postgres_port) != (server.host, server.running_port):
        message = f"The database is the one of {settings.postgres_host}:{settings.postgres_port}. {_OF_ANOTHER_SERVER}"
        raise otherwise(message)
    server.start()
    return server


def _run(server: EmbeddedPostgres, program: str, *arguments: str, otherwise: type[RuntimeError]) -> None:
    """Run one of PostgreSQL's programs as the superuser, whom alone row-level security lets through."""
    place = ("--host", server.host, "--port", str(server.port), "--username", server.user, "--no-password")
    command = [str(server.bin_dir / program), *place, *arguments]
    env = os.environ | {"PGPASSWORD": server.password}
    done = subprocess.run(command, env=env, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603 -- PostgreSQL's
    if done.returncode:
        raise otherwise(done.stderr.strip())


def _state(home: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        for place, _, names in os.walk(home / folder, followlinks=True):
            yield from (path for path in (Path(place) / name for name in sorted(names)) if path.is_file())


def _add(archive: tarfile.TarFile, path: Path, home: Path) -> None:
    try:
        archive.add(path, str(path.relative_to(home)))
    except FileNotFoundError:  # its import ended meanwhile
        return


def _check(file: Path) -> None:
    try:
        with tarfile.open(file) as archive:
            members = archive.getmembers()
    except tarfile.TarError as error:
        message = f"{file} is no backup, or not all of one: it cannot be read to its end"
        raise CannotRestore(message) from error
    if DUMP not in {member.name for member in members} or not all(map(_is_ours, members)):
        message = f"{file} is no backup"
        raise CannotRestore(message)


def _is_ours(member: tarfile.TarInfo) -> bool:
    """Whether a backup may hold this: a file, and in the home's own folders."""
    first, *others = member.name.split("/")
    return member.isreg() and (member.name == DUMP or (first in _FOLDERS and others != [] and ".." not in others))


def _unpack(archive: tarfile.TarFile, home: Path) -> None:
    """As the process makes files, for itself alone: whose it was elsewhere is nothing to this home.

    (tarfile can be told so since Python 3.11.4 only.)
    """
    for member in archive:
        path = home / member.name
        path.parent.mkdir(parents=True, exist_ok=True)
        source = archive.extractfile(member)
        if source is not None:
            with source, path.open("xb") as target:
                shutil.copyfileobj(source, target)


async def _make_roles(settings: Settings) -> None:
    """Whom the tables belong to and who may read them: roles are the whole server's, and so in no database's dump."""
    connection = await asyncpg.connect(settings.admin_dsn())
    try:
        async with connection.transaction():
            await make_roles(connection)
    finally:
        await connection.close()
