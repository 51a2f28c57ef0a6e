"""Keep the child processes and servers running until the stack is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import httpx

from branchwise.progress import console
from branchwise.stack.child import Child
from branchwise.stack.servers import Servers
from branchwise.stack.signals import Signals
from common.settings import Settings

# Services that do not stop are killed after 20 seconds. Servers have at least until 24 seconds, and everything must
# have stopped after 30 seconds.
_SERVICES_STOP_SECONDS = 20.0
_SERVERS_STOP_SECONDS = 24.0
# A child that takes longer than this to stop is reported.
_USUAL_STOP_SECONDS = 5.0
_LOOK_SECONDS = 1.0
_STARTING_LOOK_SECONDS = 0.1


class Supervisor:
    """Watches the servers and the children, and restarts them.

    It runs in the main thread, because the kernel ends the children when the thread that started them ends. The stack
    is ready without the helpers, so that nobody waits for them.
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
        # One client for all checks: creating one loads all TLS authorities in 30 ms, and during the start each child is
        # checked ten times a second.
        self._http = httpx.Client(timeout=2, limits=httpx.Limits(max_keepalive_connections=0))

    def run(self, when_ready: Callable[[], None]) -> None:
        """Watch until StopAsked is raised. `when_ready` is called once, when every child answers /health/ready."""
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
        """Request a restart of these children. It may be called from any thread."""
        self._changed |= names
        self._signals.wake.notify()

    def stop(self) -> None:
        """Stop every child, kill those that do not stop in time, then stop the servers. Slow children are reported."""
        start = time.monotonic()
        for child in self._children:
            child.ask_to_stop()
        for child in self._children:
            wait_start = time.monotonic()
            ended = child.end(start + _SERVICES_STOP_SECONDS)
            waited = time.monotonic() - wait_start
            if not ended:
                console.print(
                    f"[yellow]{child.name} did not stop within {_SERVICES_STOP_SECONDS:.0f} s: killed[/yellow]"
                )
            elif waited > _USUAL_STOP_SECONDS:
                console.print(f"[yellow]{child.name} took {waited:.0f} s to stop[/yellow]")
        self._servers.stop(start + _SERVERS_STOP_SECONDS - time.monotonic())

    def _tend(self) -> None:
        if self._servers.have_ended():
            with self._signals.let_through():
                self._servers.restart_ended()
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
