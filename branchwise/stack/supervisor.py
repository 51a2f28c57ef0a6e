"""Keeping the children alive until somebody says stop."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

import httpx

from branchwise.progress import console
from branchwise.stack.child import Child
from branchwise.stack.servers import Servers
from common.settings import Settings

# Together below the 30 seconds in which everything must have stopped.
_SERVICES_STOP_SECONDS = 20.0
_LOOK_SECONDS = 1.0
_STARTING_LOOK_SECONDS = 0.1


# Python drops what a signal raises within a destructor or a fork's own hooks: then only this knows of it.
_stop_is_asked = threading.Event()


class StopAsked(BaseException):
    """SIGINT or SIGTERM came. Not an Exception: nothing on the way may take it for an error of its own."""


class Supervisor:
    """Tends the servers and the children in the main thread, which the kernel ties the children's lives to.

    Nobody waits for helpers: the stack is ready without them.
    """

    def __init__(
        self, servers: Servers, children: Sequence[Child], settings: Settings, helpers: Sequence[Child] = ()
    ) -> None:
        self._servers = servers
        self._children = [*children, *helpers]
        self._urls = {child.name: settings.url_of(child.name) for child in children}
        self._changed: set[str] = set()
        self._wake = threading.Event()
        # (kept: to make one reads every authority of the world, in 30 ms, and ten times a second each child is asked)
        self._http = httpx.Client(timeout=2, limits=httpx.Limits(max_keepalive_connections=0))

    def run(self, when_ready: Callable[[], None]) -> None:
        """Tend until StopAsked; `when_ready` is called once, when every child answers /health/ready."""
        signal.signal(signal.SIGCHLD, self._child_changed)
        for child in self._children:
            child.start()
        waiting = set(self._urls)
        while True:
            if _stop_is_asked.is_set():
                raise StopAsked
            self._tend()
            if waiting:
                waiting = {name for name in waiting if not self._ready(name)}
                if not waiting:
                    when_ready()
            pause = _STARTING_LOOK_SECONDS if waiting else _LOOK_SECONDS
            self._wake.wait(min([pause, *(child.next_look for child in self._children)]))
            self._wake.clear()

    def code_changed(self, names: set[str]) -> None:
        """Have these children restarted; called from any thread."""
        self._changed |= names
        self._wake.set()

    def stop(self) -> None:
        """Ask every child to stop, kill who does not in time, then stop the servers."""
        deadline = time.monotonic() + _SERVICES_STOP_SECONDS
        for child in self._children:
            child.ask_to_stop()
        for child in self._children:
            child.end(deadline)
        self._servers.stop()

    def _child_changed(self, _number: int, _frame: FrameType | None) -> None:
        self._wake.set()

    def _tend(self) -> None:
        self._servers.keep_up()
        changed, self._changed = self._changed, set()
        for child in self._children:
            if child.name in changed:
                console.print(f"[cyan]{child.name}: its code changed; restarting[/cyan]")
                child.restart()
        for child in self._children:
            code = child.tend()
            if code is not None:
                console.print(f"[yellow]{child.name} ended with {code}; starting it again[/yellow]")
                console.print(child.last_words(), style="dim", markup=False)

    def _ready(self, name: str) -> bool:
        try:
            return self._http.get(f"{self._urls[name]}/health/ready").is_success
        except httpx.HTTPError:
            return False


def stop_on_signals() -> None:
    """From now on the first SIGINT, SIGTERM or SIGHUP raises StopAsked in the main thread; later ones do nothing."""
    _stop_is_asked.clear()

    def asked(_number: int, _frame: FrameType | None) -> None:
        ignore_signals()
        _stop_is_asked.set()
        raise StopAsked

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, asked)


def ignore_signals() -> None:
    """While stopping, nothing interrupts."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
