"""What the launcher is told from outside: stop, a child ended, code changed."""

from __future__ import annotations

import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopAsked(BaseException):
    """SIGINT or SIGTERM came. Not an Exception: nothing on the way may take it for an error of its own."""


class Wake:
    """Ends a wait early.

    Not an Event, which holds a lock while it is set: a signal that came within another's handler would wait for that
    lock for ever. To write to a socket needs none.
    """

    def __init__(self) -> None:
        self._heard, self._told = socket.socketpair()
        self._told.setblocking(False)

    def tell(self) -> None:
        """End the wait that is under way, or the next; from a signal's handler or any thread."""
        with suppress(OSError):  # it was told often enough already, or nobody waits any more
            self._told.send(b"\0")

    def wait(self, seconds: float) -> None:
        """Until it is told, or for so long."""
        self._heard.settimeout(seconds)
        with suppress(TimeoutError, BlockingIOError):  # (the latter for no seconds at all)
            self._heard.recv(4096)

    def close(self) -> None:
        """Nobody waits any more."""
        self._heard.close()
        self._told.close()


class Signals:
    """Once they are listened to, the first SIGINT, SIGTERM or SIGHUP asks to stop; later ones do nothing.

    That is raised as StopAsked wherever the main thread is, but where `held_back` has it look at `stop_asked` itself.
    """

    def __init__(self) -> None:
        self.stop_asked = False
        self.wake = Wake()
        self._interrupts = True

    def listen(self) -> None:
        """Hear signals to stop from now on, and wake for children that end."""
        for number in _STOPPING:
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, self._child_changed)

    @contextmanager
    def held_back(self) -> Generator[None]:
        """Within, nothing is raised: in the middle of starting or watching a process that would lose it."""
        self._interrupts = False
        try:
            yield
        finally:
            self._interrupts = True

    @contextmanager
    def let_through(self) -> Generator[None]:
        """Within what is held back: what may take long, and can be left at any moment."""
        self._interrupts = True
        try:
            self.raise_if_asked()
            yield
        finally:
            self._interrupts = False

    def raise_if_asked(self) -> None:
        """Raise what was held back, or what Python dropped: it drops what is raised within a destructor or a fork."""
        if self.stop_asked:
            raise StopAsked

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        ignore_signals()
        self.stop_asked = True
        self.wake.tell()
        if self._interrupts:
            raise StopAsked

    def _child_changed(self, _number: int, _frame: FrameType | None) -> None:
        self.wake.tell()


def ignore_signals() -> None:
    """While stopping, nothing interrupts."""
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)
