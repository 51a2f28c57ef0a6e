"""Read the state of a PostgreSQL server from its postmaster.pid, wait for it and stop it."""

from __future__ import annotations

import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from common.embedded import process

_POLL_SECONDS = 0.02  # PostgreSQL offers no event to wait for
_LINES = 8
_IMMEDIATE_STOP_SECONDS = 6.0


@dataclass(frozen=True)
class Postmaster:
    """A server as described by its pid file. `status` is starting, standby, ready or stopping."""

    pid: int
    port: int
    status: str

    @classmethod
    def read(cls, data: Path) -> Postmaster | None:
        """Read the server of a data folder. Returns None if there is no complete pid file."""
        try:
            lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return None
        if len(lines) < _LINES:
            return None
        return cls(pid=int(lines[0]), port=int(lines[3]), status=lines[7].strip())

    def ready(self) -> bool:
        """Return whether its status is ready and its port accepts connections."""
        return self.status == "ready" and process.listens(self.port)

    def runs(self) -> bool:
        """Return whether the pid is that of a PostgreSQL, not of a zombie or of another program that got it later."""
        try:
            running = psutil.Process(self.pid)
            return running.status() != psutil.STATUS_ZOMBIE and "postgres" in running.name()
        except psutil.NoSuchProcess:
            return False

    def stop(self, within: float) -> bool:
        """Stop a server that is not our child, as `stop_signals` describes; whether the fast shutdown was enough."""
        return not self.runs() or process.stop_adopted(self.pid, *stop_signals(within))


def stop_signals(within: float) -> tuple[tuple[signal.Signals, float], ...]:
    """Return the signals that stop a server, each with the seconds to wait for its end.

    The first is a fast shutdown, which rolls back open transactions and writes everything to disk within `within`
    seconds. A slow disk or a statement that does not react can make it last longer. Then follows an immediate shutdown:
    the server ends its processes, kills them after five seconds, and its next start replays the write-ahead log. If we
    killed the server itself, its processes would remain.
    """
    return ((signal.SIGINT, max(2.0, within)), (signal.SIGQUIT, _IMMEDIATE_STOP_SECONDS))


def wait_for_ready(data: Path, started: subprocess.Popen[bytes], within: float) -> bool:
    """Wait until the started process is ready on the folder. Returns False if it ended or took too long."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline and started.poll() is None:
        server = Postmaster.read(data)
        if server is not None and server.pid == started.pid and server.ready():
            return True
        time.sleep(_POLL_SECONDS)
    return False


def wait_for_settled(data: Path, within: float) -> Postmaster | None:
    """Wait for a settled state of a data folder: return the running server, or None if no process uses the folder.

    Servers that are starting or stopping are waited for, and so are the orphaned processes of a killed server, because
    a new server beside them would corrupt the data. If the pid in the file belongs to another program by then, the file
    is deleted, because PostgreSQL would take that program for its server.
    """
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        server = Postmaster.read(data)
        if server is None:
            return None
        if server.runs():
            if server.ready():
                return server
        elif not _is_in_use(data):
            if psutil.pid_exists(server.pid):
                (data / "postmaster.pid").unlink(missing_ok=True)
            return None
        time.sleep(_POLL_SECONDS)
    return None


def _is_in_use(data: Path) -> bool:
    """Return whether a process has the folder as its working directory, as all processes of PostgreSQL do."""
    for running in psutil.process_iter():
        try:
            if running.status() != psutil.STATUS_ZOMBIE and running.cwd() == str(data):
                return True
        except (psutil.Error, OSError):
            continue
    return False
