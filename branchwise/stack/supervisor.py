"""Keeping the children alive until somebody says stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import httpx

from branchwise.progress import console
from branchwise.stack.child import Child
from branchwise.stack.servers import Servers
from branchwise.stack.signals import Signals
from common.settings import Settings

# Whoever is asked to stop and does not is killed: services after 20 seconds, servers not before 24, nor after the 30 in
# which everything must have stopped.
_SERVICES_STOP_SECONDS = 20.0
_SERVERS_STOP_SECONDS = 24.0
# So long is nothing to tell of.
_USUAL_STOP_SECONDS = 5.0
_LOOK_SECONDS = 1.0
_STARTING_LOOK_SECONDS = 0.1


class Supervisor:
    """Tends the servers and the children in the main thread, which the kernel ties the children's lives to.

    Nobody waits for helpers: the stack is ready without them.
    """

    def __init__(
        self,
        servers: Servers,
        children: Sequence[Child],
        settings: Settings,
        signals: Signals,
        helpers: Sequence[Child] = (),
    ) -> None:
        self._servers = servers
        self._signals = signals
        self._children = [*children, *helpers]
        self._urls = {child.name: settings.url_of(child.name) for child in children}
        self._changed: set[str] = set()
        # (kept: to make one reads every authority of the world, in 30 ms, and ten times a second each child is asked)
        self._http = httpx.Client(timeout=2, limits=httpx.Limits(max_keepalive_connections=0))

    def run(self, when_ready: Callable[[], None]) -> None:
        """Tend until StopAsked; `when_ready` is called once, when every child answers /health/ready."""
        with self._signals.held_back():
            for child in self._children:
                child.start()
            waiting = set(self._urls)
            while True:
                self._signals.raise_if_asked()
                self._tend()
                if waiting:
                    waiting = {name for name in waiting if self._signals.stop_asked or not self._ready(name)}
                    if not waiting:
                        when_ready()
                pause = _STARTING_LOOK_SECONDS if waiting else _LOOK_SECONDS
                self._signals.wake.wait(min([pause, *(child.next_look for child in self._children)]))

    def code_changed(self, names: set[str]) -> None:
        """Have these children restarted; called from any thread."""
        self._changed |= names
        self._signals.wake.tell()

    def stop(self) -> None:
        """Ask every child to stop, kill who does not in time, then stop the servers; tell who was waited for."""
        began = time.monotonic()
        for child in self._children:
            child.ask_to_stop()
        for child in self._children:
            waited_since = time.monotonic()
            ended = child.end(began + _SERVICES_STOP_SECONDS)
            waited = time.monotonic() - waited_since
            if not ended:
                console.print(
                    f"[yellow]{child.name} did not stop within {_SERVICES_STOP_SECONDS:.0f} s: killed[/yellow]"
                )
            elif waited > _USUAL_STOP_SECONDS:
                console.print(f"[yellow]{child.name} took {waited:.0f} s to stop[/yellow]")
        self._servers.stop(began + _SERVERS_STOP_SECONDS - time.monotonic())

    def _tend(self) -> None:
        if self._servers.have_fallen():
            with self._signals.let_through():
                self._servers.start_again()
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
