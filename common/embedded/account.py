"""The unprivileged account under which PostgreSQL runs when we are root, which it refuses to be."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

_CANDIDATES = ("nobody", "daemon")


class NoUnprivilegedAccount(RuntimeError):
    """Root without any of the accounts that a system normally has."""


@dataclass(frozen=True)
class Account:
    """An entry of the system's list of users."""

    name: str
    uid: int
    gid: int

    def can_reach(self, path: Path) -> bool:
        """Whether every folder down to `path` may be entered by accounts without rights of their own."""
        return all(_open_to_others(folder) for folder in (path, *path.parents) if folder.exists())

    def own(self, path: Path) -> None:
        """Hand a file or an empty folder over to the account, closed to everybody else."""
        os.chown(path, self.uid, self.gid)
        path.chmod(0o700 if path.is_dir() else 0o600)


def _open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IXOTH)


def server_account() -> Account | None:
    """The account to drop to, or None where we already are an ordinary user.

    Raises NoUnprivilegedAccount.
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
