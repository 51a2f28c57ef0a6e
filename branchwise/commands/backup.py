"""`branchwise backup` and `restore`: all state of a home with an embedded PostgreSQL, in one file."""

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

# The folders of NATS are not backed up: events stay in the outbox longer than on the bus, and are published again.
_FOLDERS = ("secrets", "files", "demo")
_OF_ANOTHER_SERVER = "docs/operations.md says how one on a server of your own is backed up and restored."


class CannotBackUp(RuntimeError):
    """The home has no database of its own, or the server refused the dump. The message says what to do."""


class CannotRestore(RuntimeError):
    """The home is not empty, the file is not a backup, or the server refused it."""


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
        # The database first: a file that was added after the dump does no harm.
        with _server_of(source) as server, step("Database"):
            name = Settings(branchwise_home=source).postgres_database
            _run(server, "pg_dump", "--format=custom", f"--file={dump}", f"--dbname={name}", otherwise=CannotBackUp)
        # Links are followed, because in another home they would lead elsewhere or nowhere.
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
        with place.lock():  # fails if the restore is still running
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
    """Raise CannotRestore if a home at this path, which was moved or deleted, left its database outside the home.

    Root's PostgreSQL stores it there if it cannot enter the home.
    """
    server = own_postgres(home, Settings(branchwise_home=home))
    if server.has_data:
        message = (
            f"{server.folder} holds the database of a home that was at {home}: restore into another home (--home), or "
            "remove that folder if nobody needs it."
        )
        raise CannotRestore(message)


@contextmanager
def _all_or_nothing(place: Home, *, is_new: bool) -> Generator[None]:
    """If the block fails, empty or remove the home again, because an incomplete restore would look complete."""
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
    """Yield the embedded server of a home. If it does not run, it is started for this block."""
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
    """Adopt the running server. Raises `otherwise` if it is not the one that the stack uses."""
    if (settings.postgres_host, settings.postgres_port) != (server.host, server.running_port):
        message = f"The database is the one of {settings.postgres_host}:{settings.postgres_port}. {_OF_ANOTHER_SERVER}"
        raise otherwise(message)
    server.start()
    return server


def _run(server: EmbeddedPostgres, program: str, *arguments: str, otherwise: type[RuntimeError]) -> None:
    """Run one of PostgreSQL's programs as the superuser, because only that bypasses row-level security."""
    connection = ("--host", server.host, "--port", str(server.port), "--username", server.user, "--no-password")
    command = [str(server.bin_dir / program), *connection, *arguments]
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
    except FileNotFoundError:  # the import that needed it has ended meanwhile
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
    """Return whether a backup may contain this member: a regular file in one of the home's folders."""
    first, *others = member.name.split("/")
    return member.isreg() and (member.name == DUMP or (first in _FOLDERS and others != [] and ".." not in others))


def _unpack(archive: tarfile.TarFile, home: Path) -> None:
    """Extract the files with the owner and permissions of this process, ignoring those in the archive.

    tarfile itself can do that only since Python 3.11.4.
    """
    for member in archive:
        path = home / member.name
        path.parent.mkdir(parents=True, exist_ok=True)
        source = archive.extractfile(member)
        if source is not None:
            with source, path.open("xb") as target:
                shutil.copyfileobj(source, target)


async def _make_roles(settings: Settings) -> None:
    """Create the roles that own and access the tables. A dump of the database lacks them: they belong to the server."""
    connection = await asyncpg.connect(settings.admin_dsn())
    try:
        async with connection.transaction():
            await make_roles(connection)
    finally:
        await connection.close()
