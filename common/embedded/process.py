"""Start and stop child processes that end with the process that started them, and read their logs."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from common.embedded.account import Account

_PR_SET_PDEATHSIG = 1
_MAX_LOG_BYTES = 20 << 20
# Marks of errors in the logs of PostgreSQL (whose programs write `error:`) and of NATS.
_FAULTS = ("FATAL:", "PANIC:", "ERROR:", "error:", "[FTL]")
_KILL_SECONDS = 5.0
# Looked up once, because as little as possible may be done between fork and exec.
_PRCTL: Callable[..., int] | None = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    death_signal: signal.Signals,
    account: Account | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in a new session, with its output appended to `log`.

    On Linux, the kernel sends `death_signal` to the child as soon as the calling thread ends, for any reason. So call
    this from a thread that lives as long as the child should. Because of the new session, Ctrl-C on the terminal does
    not reach the child, so that its supervisor decides the order of stopping.

    Raises:
        OSError: the program cannot be started.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603 -- programs that our own code names
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=None if env is None else dict(env),
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=_die_with_parent(death_signal),  # noqa: PLW1509 -- it only makes two system calls
        )


def _die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def in_child() -> None:
        # This runs after setuid, because a change of the user clears the setting.
        die_with_parent(death_signal)
        if os.getppid() != parent:  # the parent died before the line above took effect
            os._exit(1)

    return in_child


def die_with_parent(death_signal: signal.Signals) -> None:
    """On Linux, have the kernel send `death_signal` to this process when its parent ends. Elsewhere, do nothing."""
    if _PRCTL is not None:
        _PRCTL(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)


def stop(process: subprocess.Popen[bytes], *signals: tuple[signal.Signals, float]) -> bool:
    """Send signals to a child until it ends, each with the seconds to wait, and kill it if none of them helps.

    Returns:
        Whether the first signal was enough.
    """
    for index, (number, within) in enumerate(signals):
        process.send_signal(number)
        if ended(process, within):
            return index == 0
    kill(process)
    return False


def ended(process: subprocess.Popen[bytes], within: float) -> bool:
    """Wait `within` seconds for a child's end. Returns whether it has ended."""
    try:
        process.wait(max(0.0, within))
    except subprocess.TimeoutExpired:
        return False
    return True


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and wait some seconds for its end, which may come later if the child waits for a disk."""
    process.kill()
    ended(process, _KILL_SECONDS)


def stop_adopted(pid: int, *signals: tuple[signal.Signals, float]) -> bool:
    """Stop a process that is not our child, like `stop`."""
    try:
        other = psutil.Process(pid)
        for index, (number, within) in enumerate(signals):
            other.send_signal(number)
            with suppress(psutil.TimeoutExpired):
                other.wait(max(0.0, within))
                return index == 0
        other.kill()
    except psutil.NoSuchProcess:
        return True
    return False


def size_of(log: Path) -> int:
    """Return the length of a log in bytes, after which the output of a child started now begins."""
    return log.stat().st_size if log.exists() else 0


def lines_since(log: Path, size: int) -> list[str]:
    """Return the lines after the first `size` bytes of a log, without empty ones."""
    with log.open("rb") as file:
        file.seek(size)
        return [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]


def fault_since(log: Path, size: int) -> str:
    """Return why a child did not start: the last line with an error after `size` bytes of its log, or the last line."""
    lines = lines_since(log, size)
    faults = [line for line in lines if any(mark in line for mark in _FAULTS)]
    return (faults or lines or ["it said nothing"])[-1]


def bound_log(log: Path) -> None:
    """Truncate the log of a child if it has become too long. The child appends to it, so that it need not reopen it."""
    if size_of(log) > _MAX_LOG_BYTES:
        os.truncate(log, 0)


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 on which nothing listens at this moment.

    It is not in the range that systems use for outgoing connections (from 32768 or 49152 on), so that it is probably
    still free when a server starts to listen on it.
    """
    chance = random.Random()  # noqa: S311 -- no secret
    while True:
        port = chance.randrange(10_000, 18_000)
        # Without SO_REUSEADDR, so that a port is not free to which somebody is bound, but does not listen yet.
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def listens(port: int, host: str = "127.0.0.1", timeout: float = 1.0) -> bool:
    """Return whether something accepts TCP connections on `port`."""
    try:
        with socket.create_connection((host, port), timeout):
            return True
    except OSError:
        return False
