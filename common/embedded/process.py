"""Child processes that never outlive the one that started them."""

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
_LARGEST_LOG = 20 << 20
# Of PostgreSQL (its programs say `error:`) and of NATS.
_FAULTS = ("FATAL:", "PANIC:", "ERROR:", "error:", "[FTL]")
_KILL_SECONDS = 5.0
# Looked up once: between fork and exec there must be as little work as possible.
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
    """Start `command` in a session of its own, its output appended to `log`.

    On Linux the kernel sends `death_signal` to the child as soon as the thread that called this dies, however
    it died; call it from a thread that lives as long as the child should. A session of its own keeps a Ctrl-C
    on the terminal from reaching the child before its supervisor decides the order of stopping.
    Raises OSError where the program cannot be started.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603 -- the callers' own programs
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
        # After setuid, since a change of user clears it.
        die_with_parent(death_signal)
        if os.getppid() != parent:  # the parent died before the line above took effect
            os._exit(1)

    return in_child


def die_with_parent(death_signal: signal.Signals) -> None:
    """Have the kernel send this process `death_signal` when the one that started it ends (Linux; elsewhere nothing)."""
    if _PRCTL is not None:
        _PRCTL(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)


def stop(process: subprocess.Popen[bytes], *asks: tuple[signal.Signals, float]) -> bool:
    """Ask a child to stop by one signal after the other, each with its seconds; kill it where none helped.

    Returns:
        Whether the first was enough.
    """
    for place, (number, within) in enumerate(asks):
        process.send_signal(number)
        if ended(process, within):
            return place == 0
    kill(process)
    return False


def ended(process: subprocess.Popen[bytes], within: float) -> bool:
    """Wait for a child's end for so many seconds; whether it came."""
    try:
        process.wait(max(0.0, within))
    except subprocess.TimeoutExpired:
        return False
    return True


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a child, and wait for its end but not for ever: who waits for a disk is gone only when that answers."""
    process.kill()
    ended(process, _KILL_SECONDS)


def stop_adopted(pid: int, *asks: tuple[signal.Signals, float]) -> bool:
    """As `stop`, for a process that is not our child."""
    try:
        other = psutil.Process(pid)
        for place, (number, within) in enumerate(asks):
            other.send_signal(number)
            with suppress(psutil.TimeoutExpired):
                other.wait(max(0.0, within))
                return place == 0
        other.kill()
    except psutil.NoSuchProcess:
        return True
    return False


def size_of(log: Path) -> int:
    """How many bytes were said before: what a child says from now on comes behind them."""
    return log.stat().st_size if log.exists() else 0


def said_since(log: Path, size: int) -> list[str]:
    """The lines behind so many bytes, but for empty ones."""
    with log.open("rb") as file:
        file.seek(size)
        return [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]


def fault_since(log: Path, size: int) -> str:
    """Why a child did not start, as it says behind so many bytes: its last line that names a fault, else its last."""
    lines = said_since(log, size)
    faults = [line for line in lines if any(mark in line for mark in _FAULTS)]
    return (faults or lines or ["it said nothing"])[-1]


def bound_log(log: Path) -> None:
    """Begin the output of a child anew where it has become too long: it is appended to, so the child need not know."""
    if size_of(log) > _LARGEST_LOG:
        os.truncate(log, 0)


def free_port() -> int:
    """A TCP port of 127.0.0.1 on which nothing listens at this moment.

    It is none of those that systems give to outgoing connections (from 32768 or 49152 on): what is free now shall be so
    still when somebody listens there.
    """
    chance = random.Random()  # noqa: S311 -- no secret
    while True:
        port = chance.randrange(10_000, 18_000)
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


def listens(port: int, host: str = "127.0.0.1", timeout: float = 1.0) -> bool:
    """Whether something accepts TCP connections on `port`."""
    try:
        with socket.create_connection((host, port), timeout):
            return True
    except OSError:
        return False
