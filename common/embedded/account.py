"""Choose the unprivileged account for PostgreSQL if we are root, because PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

_CANDIDATES = ("nobody", "daemon")


class NoUnprivilegedAccount(RuntimeError):
    """We are root, and none of the usual unprivileged accounts exists."""


@dataclass(frozen=True)
class Account:
    """A user account of the system."""

    name: str
    uid: int
    gid: int

    def can_reach(self, path: Path) -> bool:
        """Return whether accounts without special permissions may enter every folder down to `path`."""
        return all(_open_to_others(folder) for folder in (path, *path.parents) if folder.exists())

    def own(self, path: Path) -> None:
        """Make the account the owner of a file or an empty folder, which nobody else can access."""
        os.chown(path, self.uid, self.gid)
        path.chmod(0o700 if path.is_dir() else 0o600)


def _open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IXOTH)


def server_account() -> Account | None:
    """Return the account under which servers should run, or None if we are not root.

    Raises:
        NoUnprivilegedAccount: we are root, and none of the candidates exists.
    """
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    message = f"PostgreSQL does not run as root, and none of the accounts {', '.join(_CANDIDATES)} exists"
    raise NoUnprivilegedAccount(message)
