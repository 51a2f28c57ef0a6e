"""What PostgreSQL writes about itself into postmaster.pid."""

from __future__ import annotations

import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from common.embedded import process

_STEP = 0.02  # seconds between two looks; PostgreSQL has no event to wait for
_LINES = 8
_AT_ONCE_SECONDS = 6.0


@dataclass(frozen=True)
class Postmaster:
    """A server as its pid file shows it: `status` is starting, standby, ready or stopping."""

    pid: int
    port: int
    status: str

    @classmethod
    def read(cls, data: Path) -> Postmaster | None:
        """The server of a data folder, or None where there is no whole pid file."""
        try:
            lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return None
        if len(lines) < _LINES:
            return None
        return cls(pid=int(lines[0]), port=int(lines[3]), status=lines[7].strip())

    def ready(self) -> bool:
        """Whether it says that it is ready, and answers."""
        return self.status == "ready" and process.listens(self.port)

    def runs(self) -> bool:
        """Whether the pid is still a PostgreSQL, not a zombie and not another program that got the number."""
        try:
            running = psutil.Process(self.pid)
            return running.status() != psutil.STATUS_ZOMBIE and "postgres" in running.name()
        except psutil.NoSuchProcess:
            return False

    def stop(self, within: float) -> bool:
        """Stop a server that is not our child, as `stop_signals` says; whether it ended in order."""
        return not self.runs() or process.stop_adopted(self.pid, *stop_signals(within))


def stop_signals(within: float) -> tuple[tuple[signal.Signals, float], ...]:
    """First a fast shutdown: open transactions are rolled back, and all is written to disk, for `within` seconds.

    A slow disk or a statement that does not let go can make that long. Then at once: the server's processes are told to
    end, killed by it five seconds later, and the next start reads the log anew. Killed by us the server would leave
    them behind.
    """
    return ((signal.SIGINT, max(2.0, within)), (signal.SIGQUIT, _AT_ONCE_SECONDS))


def wait_for_ready(data: Path, started: subprocess.Popen[bytes], within: float) -> bool:
    """Wait until the process we started serves the folder; False when it ended or took too long."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline and started.poll() is None:
        server = Postmaster.read(data)
        if server is not None and server.pid == started.pid and server.ready():
            return True
        time.sleep(_STEP)
    return False


def wait_for_settled(data: Path, within: float) -> Postmaster | None:
    """The live server on a data folder, or None once nothing holds it.

    A server on its way up or down is waited for, and so are the orphans of one that was killed: a new server
    beside them would ruin the data. Only then may a pid file go whose number now belongs to another program,
    for PostgreSQL itself would take that one for its server.
    """
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        server = Postmaster.read(data)
        if server is None:
            return None
        if server.runs():
            if server.ready():
                return server
        elif not _anyone_works_in(data):
            if psutil.pid_exists(server.pid):
                (data / "postmaster.pid").unlink(missing_ok=True)
            return None
        time.sleep(_STEP)
    return None


def _anyone_works_in(data: Path) -> bool:
    """Whether a process of any PostgreSQL has the folder as its working directory, as all of them do."""
    for running in psutil.process_iter():
        try:
            if running.status() != psutil.STATUS_ZOMBIE and running.cwd() == str(data):
                return True
        except (psutil.Error, OSError):
            continue
    return False
