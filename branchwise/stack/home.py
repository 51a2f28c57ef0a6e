"""The home of a stack, which is the folder with all of its state."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from common.embedded.private_file import write_private

# An environment variable of every child with the path of its home, by which children of a killed launcher are found.
MARK = "BRANCHWISE_CHILD_OF"
# An entry of the stack file: the id of the services' SECRETS_KEY, with which commands compare their own.
SECRETS_KEY_ID = "secrets_key_id"
# The name of the database dump, in a backup and in a home that is being restored.
DUMP = "database.dump"
# The folders that `lock` creates in an empty home.
MADE_BY_LOCK = ("logs", "run")
# Folders that other users of the machine may not read: customers' data, mail, secrets. PostgreSQL protects its own.
_PRIVATE = ("demo", "files", "logs", "nats", "outbox-mail", "run", "secrets")


class StackAlreadyRuns(RuntimeError):
    """Another launcher has locked this home."""


class HalfRestored(RuntimeError):
    """A restore into this home did not finish."""


class Home:
    """The home of one stack. Call `lock()` before anything else."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self.logs = self.path / "logs"
        # The dump that is being restored. It is deleted when the restore is complete.
        self.dump = self.path / DUMP
        self._run = self.path / "run"
        self._stack_file = self._run / "stack.json"

    @contextmanager
    def lock(self) -> Generator[None]:
        """Lock the home for this launcher.

        Raises:
            StackAlreadyRuns: another launcher has locked it.
            OSError
        """
        self._close_to_others()
        self._run.mkdir(exist_ok=True)
        self.logs.mkdir(exist_ok=True)
        with (self._run / "launcher.lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                message = f"A stack already runs in {self.path} (process {file.read().strip()})."
                raise StackAlreadyRuns(message) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def check_whole(self) -> None:
        """Raise HalfRestored if a restore into this home did not finish."""
        if self.dump.exists():
            record = self.path / "postgres.path"
            outside = f" {record.read_text(encoding='utf-8').strip()}" if record.exists() else ""
            message = (
                f"A restore into {self.path} did not come to its end: rm -r {self.path}{outside}, and restore again."
            )
            raise HalfRestored(message)

    def _close_to_others(self) -> None:
        """Allow only our own account to read what exists, and what this process and its children create from now on."""
        if not self.path.exists():
            self.path.mkdir(parents=True)
            # If we are root, PostgreSQL runs under another account, which must be able to enter this folder.
            self.path.chmod(0o700 if os.geteuid() else 0o711)
        os.umask(0o077)
        for folder in (self.path / name for name in _PRIVATE):
            if folder.is_dir():
                folder.chmod(0o700)

    def write_stack_file(self, settings: Mapping[str, Any]) -> None:
        """Write the stack's settings, named as in `Settings`, for services and commands that are started by hand."""
        write_private(self._stack_file, json.dumps(settings, indent=2))

    def forget_stack_file(self) -> None:
        """Delete the stack file, because no stack runs here any more."""
        self._stack_file.unlink(missing_ok=True)

    def forget_data(self) -> None:
        """Delete the state that is useless without the database: the demo's record, uploaded files and events."""
        for name in ("demo", "files", "nats/jetstream"):
            shutil.rmtree(self.path / name, ignore_errors=True)

    def end_leftovers(self) -> int:
        """Kill the children that a killed launcher of this home left running, and return their number.

        Servers are not among them: they hold data, and are adopted instead.
        """
        leftovers = [process for process in psutil.process_iter() if self._is_ours(process)]
        for process in leftovers:
            process.kill()
        psutil.wait_procs(leftovers, timeout=10)
        return len(leftovers)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(MARK) == str(self.path)
        except (psutil.Error, OSError):
            return False
