"""A home: the folder that holds all state of one stack."""

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

# In the environment of every child: whose it is, so that what a killed launcher left can be told from all else.
MARK = "BRANCHWISE_CHILD_OF"
# In the stack file: under which name the services' SECRETS_KEY seals, so that commands can tell theirs from it.
SECRETS_KEY_ID = "secrets_key_id"
# A backup's dump of the database, in the file and in a home that is being restored.
DUMP = "database.dump"
# What stands in a home that was empty as soon as it is held.
MADE_BY_LOCK = ("logs", "run")
# What others on the machine may not read: customers' data, mail, secrets. (PostgreSQL sees to its own folder.)
_PRIVATE = ("demo", "files", "logs", "nats", "outbox-mail", "run", "secrets")


class StackAlreadyRuns(RuntimeError):
    """Another launcher holds this home."""


class HalfRestored(RuntimeError):
    """A restore into this home was killed."""


class Home:
    """Paths of one stack; `lock()` first."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self.logs = self.path / "logs"
        # What is being restored; it goes when all of it is there.
        self.dump = self.path / DUMP
        self._run = self.path / "run"
        self._stack_file = self._run / "stack.json"

    @contextmanager
    def lock(self) -> Generator[None]:
        """Hold the home for one launcher. Raises StackAlreadyRuns, OSError."""
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
        """Raise HalfRestored where a restore began and did not end."""
        if self.dump.exists():
            record = self.path / "postgres.path"
            outside = f" {record.read_text(encoding='utf-8').strip()}" if record.exists() else ""
            message = (
                f"A restore into {self.path} did not come to its end: rm -r {self.path}{outside}, and restore again."
            )
            raise HalfRestored(message)

    def _close_to_others(self) -> None:
        """Whatever this process and its children make from now on is ours alone, and so is what stands already."""
        if not self.path.exists():
            self.path.mkdir(parents=True)
            # Root's PostgreSQL runs under another account, which must pass through to its data.
            self.path.chmod(0o700 if os.geteuid() else 0o711)
        os.umask(0o077)
        for folder in (self.path / name for name in _PRIVATE):
            if folder.is_dir():
                folder.chmod(0o700)

    def write_stack_file(self, settings: Mapping[str, Any]) -> None:
        """Tell services and commands beside this stack where it is; its settings under the names of `Settings`."""
        write_private(self._stack_file, json.dumps(settings, indent=2))

    def forget_stack_file(self) -> None:
        """Nothing runs here any more."""
        self._stack_file.unlink(missing_ok=True)

    def forget_data(self) -> None:
        """Remove what means something only beside the database: the demo's record, uploaded files, events."""
        for name in ("demo", "files", "nats/jetstream"):
            shutil.rmtree(self.path / name, ignore_errors=True)

    def end_leftovers(self) -> int:
        """Kill what a killed launcher of this home left behind; how many there were.

        The servers are no such children: they are adopted, since they hold data.
        """
        left = [process for process in psutil.process_iter() if self._is_ours(process)]
        for process in left:
            process.kill()
        psutil.wait_procs(left, timeout=10)
        return len(left)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(MARK) == str(self.path)
        except (psutil.Error, OSError):
            return False
