"""Handle the signals to the launcher: requests to stop, and the end of a child."""

from __future__ import annotations

import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopAsked(BaseException):
    """A signal requested to stop. It is not an Exception, so that no handler of errors catches it."""


class Wake:
    """Ends a wait early.

    It is not a threading.Event, which holds a lock while it is set: a signal during the handler of another one would
    wait for that lock forever. Writing to a socket needs no lock.
    """

    def __init__(self) -> None:
        self._receiver, self._sender = socket.socketpair()
        self._sender.setblocking(False)

    def notify(self) -> None:
        """End the current wait, or the next one. It may be called from a signal handler or any thread."""
        with suppress(OSError):  # the buffer is full of earlier notifications, or the socket is closed
            self._sender.send(b"\0")

    def wait(self, seconds: float) -> None:
        """Wait until `notify` is called, at most for this time."""
        self._receiver.settimeout(seconds)
        with suppress(TimeoutError, BlockingIOError):  # the latter if `seconds` is 0
            self._receiver.recv(4096)

    def close(self) -> None:
        """Close the sockets when nobody waits any more."""
        self._receiver.close()
        self._sender.close()


class Signals:
    """Handles signals after `listen`. The first SIGINT, SIGTERM or SIGHUP requests to stop; later ones are ignored.

    It raises StopAsked in the main thread, except within `held_back`, where the code checks `stop_asked` itself.
    """

    def __init__(self) -> None:
        self.stop_asked = False
        self.wake = Wake()
        self._interrupts = True

    def listen(self) -> None:
        """Handle signals to stop from now on, and end waits when a child ends."""
        for number in _STOPPING:
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, self._child_changed)

    @contextmanager
    def held_back(self) -> Generator[None]:
        """Raise nothing in this block, because an interrupted start or check of a process could lose track of it."""
        self._interrupts = False
        try:
            yield
        finally:
            self._interrupts = True

    @contextmanager
    def let_through(self) -> Generator[None]:
        """Raise again in this part of a `held_back` block, for long work that can be interrupted safely."""
        self._interrupts = True
        try:
            self.raise_if_asked()
            yield
        finally:
            self._interrupts = False

    def raise_if_asked(self) -> None:
        """Raise StopAsked if it was held back, or if Python dropped it, as it does in a destructor or during a fork."""
        if self.stop_asked:
            raise StopAsked

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        ignore_signals()
        self.stop_asked = True
        self.wake.notify()
        if self._interrupts:
            raise StopAsked

    def _child_changed(self, _number: int, _frame: FrameType | None) -> None:
        self.wake.notify()


def ignore_signals() -> None:
    """Ignore further signals to stop, so that nothing interrupts the stopping."""
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)
