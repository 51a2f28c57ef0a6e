"""`branchwise backup` beside a stack that runs, and `branchwise restore` of what it wrote."""

import asyncio
import os
import tarfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from branchwise.commands.backup import CannotBackUp, CannotRestore, backup, restore
from branchwise.commands.database import stopped_stack
from branchwise.stack.home import HalfRestored, Home
from branchwise.stack.schema import bring_up_to_date
from branchwise.stack.servers import Servers, own_postgres
from common.embedded import postgres
from common.embedded.account import Account
from common.settings import Settings
from common.testing.stack import Stack

pytestmark = [pytest.mark.xdist_group("lifecycle"), pytest.mark.timeout(300)]
TENANT = UUID(int=7)
FROM_NOW_ON = f"set app.tenant_id = '{TENANT}'"


@pytest.fixture(autouse=True)
def a_server_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("POSTGRES_HOST", raising=False)
    # A command closes what its process makes to others, and this one goes on with other tests.
    before = os.umask(0o022)
    yield
    os.umask(before)


def _locations(settings: Settings, *statements: str) -> list[str]:
    """What the data service sees, after these statements in its own name."""
    return asyncio.run(_ask(settings, statements))


async def _ask(settings: Settings, statements: Sequence[str]) -> list[str]:
    connection = await asyncpg.connect(settings.dsn("data"))
    try:
        for statement in statements:
            await connection.execute(statement)
        return [row[0] for row in await connection.fetch("select location_id from data.locations")]
    finally:
        await connection.close()


def test_a_home_is_made_anew_of_its_backup_with_its_fence(new_stack: Callable[[], Stack], tmp_path: Path) -> None:
    # (where PostgreSQL's account may pass through, so that the data go with the home)
    homes = new_stack().home
    old, new, file = Home(homes / "old"), Home(homes / "new"), tmp_path / "backup.tar"
    with old.lock():
        servers = Servers(old, Settings(branchwise_home=old.path), only_postgres=True)
        try:
            running = servers.start()
            settings = Settings(branchwise_home=old.path, **running)
            bring_up_to_date(settings)
            columns = "tenant_id, location_id, location_name"
            added = f"insert into data.locations ({columns}) values ('{TENANT}', 'D07', 'Dallas')"
            assert _locations(settings, FROM_NOW_ON, added) == ["D07"]
            (old.path / "files" / "pictures").mkdir(parents=True)
            (old.path / "files" / "pictures" / "ann.png").write_bytes(b"png")
            # (as where there is more room)
            (tmp_path / "roomy").mkdir()
            (tmp_path / "roomy" / "march.parquet").write_bytes(b"rows")
            (old.path / "files" / "retained").symlink_to(tmp_path / "roomy")
            (old.path / "files" / "april.parquet").symlink_to(tmp_path / "roomy" / "march.parquet")
            old.write_stack_file(running)

            backup(file, old.path)

            old.write_stack_file(running | {"postgres_host": "db.example"})
            with pytest.raises(CannotBackUp, match=r"the one of db\.example"):
                backup(tmp_path / "another.tar", old.path)
        finally:
            servers.stop()
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == ["backup.tar"]

    with pytest.raises(CannotRestore, match="pg_restore"):
        restore(_cut_short(file, tmp_path / "cut-short.tar"), new.path)
    assert not new.path.exists()

    restore(file, new.path)

    files = {str(path.relative_to(new.path / "files")) for path in (new.path / "files").rglob("*.p*")}
    assert files == {"pictures/ann.png", "retained/march.parquet", "april.parquet"}
    assert not (new.path / "files" / "april.parquet").is_symlink()
    assert (new.path / "files" / "april.parquet").read_bytes() == b"rows"
    secrets = [path.relative_to(old.path) for path in (old.path / "secrets").iterdir()]
    assert {(old.path / name).read_bytes() for name in secrets} == {(new.path / name).read_bytes() for name in secrets}
    assert not any(
        path.stat().st_mode & 0o077 for name in ("secrets", "files") for path in (new.path / name).rglob("*")
    )
    assert not (new.path / "database.dump").exists()
    assert (new.path / "postgres" / "data" / "PG_VERSION").exists()
    with stopped_stack(new.path) as (_, settings):
        assert _locations(settings) == []
        assert _locations(settings, FROM_NOW_ON) == ["D07"]


def _cut_short(whole: Path, cut: Path) -> Path:
    """The same backup, whose dump ends in the middle of what is in the tables."""
    with tarfile.open(whole) as source, tarfile.open(cut, "w") as target:
        for member in source:
            content = source.extractfile(member)
            assert content is not None
            if member.name == "database.dump":
                member.size = member.size * 3 // 4
            target.addfile(member, content)
    return cut


def test_what_cannot_be_backed_up_or_restored_is_told_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, file = tmp_path / "home", tmp_path / "backup.tar"
    with pytest.raises(CannotBackUp, match="no database"):
        backup(file, home)
    assert not file.exists()
    with pytest.raises(CannotBackUp, match=r"no folder .*elsewhere to write into"):
        backup(tmp_path / "elsewhere" / "backup.tar", home)
    assert not home.exists()
    file.write_bytes(b"no archive")
    with pytest.raises(CannotRestore, match="is no backup"):
        restore(file, home)
    for name, kind in (("files/../../x", tarfile.REGTYPE), ("x", tarfile.REGTYPE), ("files/x", tarfile.SYMTYPE)):
        with tarfile.open(file, "w") as archive:
            archive.addfile(tarfile.TarInfo("database.dump"))
            member = tarfile.TarInfo(name)
            member.type = kind
            archive.addfile(member)
        with pytest.raises(CannotRestore, match="is no backup"):
            restore(file, home)
    with monkeypatch.context() as patch, pytest.raises(CannotRestore, match="another server"):
        patch.setenv("POSTGRES_HOST", "db.example")
        restore(file, home)
    assert not home.exists()
    home.mkdir()
    with tarfile.open(file, "w") as archive:
        archive.addfile(tarfile.TarInfo("database.dump"))
    with pytest.raises(CannotRestore, match="pg_restore"):
        restore(file, home)
    assert not list(home.iterdir())
    # (as one that is killed leaves it)
    (home / "database.dump").touch()
    with pytest.raises(HalfRestored, match=f"rm -r {home}"), stopped_stack(home):
        pass
    with pytest.raises(HalfRestored):
        restore(file, home)
    (home / "database.dump").unlink()
    (home / "mine").mkdir(parents=True)
    with pytest.raises(CannotRestore, match="not empty"):
        restore(file, home)


def test_the_database_of_a_home_that_was_moved_away_survives_a_restore_into_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # (as root's PostgreSQL keeps it where it may not enter the home)
    monkeypatch.setattr(postgres, "_OUTSIDE", tmp_path / "outside")
    monkeypatch.setattr(postgres, "server_account", lambda: Account("root", 0, 0))
    (tmp_path / "closed").mkdir(0o700)
    home, file = tmp_path / "closed" / "home", tmp_path / "backup.tar"
    mark = own_postgres(home, Settings()).folder / "data" / "PG_VERSION"
    mark.parent.mkdir(parents=True)
    mark.touch()
    with tarfile.open(file, "w") as archive:
        archive.addfile(tarfile.TarInfo("database.dump"))
    with pytest.raises(
        CannotRestore, match=f"{tmp_path / 'outside'}.* holds the database of a home that was at {home}"
    ):
        restore(file, home)
    assert mark.exists()


def test_who_looks_at_a_home_changes_nothing_there(tmp_path: Path) -> None:
    # A stack of an ordinary user, whose home root's PostgreSQL may not enter, backed up by root.
    data = tmp_path / "home" / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").touch()
    (tmp_path / "home").chmod(0o700)
    assert own_postgres(tmp_path / "home", Settings()).has_data
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["postgres"]
    (tmp_path / "empty").mkdir(0o700)
    assert not own_postgres(tmp_path / "empty", Settings()).has_data
    assert not list((tmp_path / "empty").iterdir())
