"""The SQL of this folder: which files there are, in which order they go in, and their common fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from common.db import Connection
from common.settings import SERVICES_WITH_DATABASE

FOLDER = Path(__file__).parent
EACH_SERVICE = "each_service.sql"
_EACH_SERVICES = "_each_service"


class SqlFileFailed(RuntimeError):
    """A file of this folder was refused by the server; the message names the file and why."""


@dataclass(frozen=True)
class SqlFile:
    """One script to run as it is: `name` says where it comes from."""

    name: str
    text: str


def for_each_service(name: str, template: str) -> Iterator[SqlFile]:
    """A template once per service: `{schema}` is its schema, `{role}` its login role."""
    for service in SERVICES_WITH_DATABASE:
        text = template.replace("{schema}", service).replace("{role}", f"branchwise_{service}")
        yield SqlFile(f"{name} for {service}", text)


def table_files() -> Iterator[SqlFile]:
    """Today's tables: what every service has, then each service's own in the order that ORDER lists."""
    for path in sorted((FOLDER / "tables" / _EACH_SERVICES).glob("*.sql")):
        yield from for_each_service(_name(path), path.read_text(encoding="utf-8"))
    for line in (FOLDER / "tables" / "ORDER").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield _read(FOLDER / "tables" / line.strip())


def reapplied_files() -> Iterator[SqlFile]:
    """What is put in again after every change: functions, the rules that all tenants share, policies, grants."""
    for kind in ("functions", "reference"):
        for path in sorted((FOLDER / kind).rglob("*.sql")):
            yield from _once_or_for_each(path, each=path.parent.name == _EACH_SERVICES)
    for kind in ("policies", "grants"):
        # The services' own grants begin by revoking all, so what every service has comes after them.
        for path in sorted((FOLDER / kind).glob("*.sql"), key=lambda path: (path.name == EACH_SERVICE, path.name)):
            yield from _once_or_for_each(path, each=path.name == EACH_SERVICE)


def fingerprint(files: list[SqlFile], revision: str) -> str:
    """The same for the same files after the same revision."""
    digest = hashlib.sha256(revision.encode())
    for file in files:
        digest.update(f"\0{file.name}\0{file.text}".encode())
    return digest.hexdigest()


def _once_or_for_each(path: Path, *, each: bool) -> Iterator[SqlFile]:
    if each:
        yield from for_each_service(_name(path), path.read_text(encoding="utf-8"))
    else:
        yield _read(path)


def _read(path: Path) -> SqlFile:
    return SqlFile(_name(path), path.read_text(encoding="utf-8"))


def _name(path: Path) -> str:
    return str(path.relative_to(FOLDER.parent))


async def run_file(driver: Connection, file: SqlFile) -> None:
    """Run one script of any number of statements. Raises SqlFileFailed."""
    try:
        await driver.execute(file.text)
    except asyncpg.PostgresError as error:
        message = f"{file.name}: {error}"
        raise SqlFileFailed(message) from error
