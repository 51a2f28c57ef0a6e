"""A supervised child process, which is restarted after growing pauses if it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from common.embedded import process
from common.settings import Settings

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 30.0
# After a child has run this long, the pause before its next restart is the shortest again.
_HEALTHY_SECONDS = 60.0
_RESTART_SECONDS = 10.0


class Child:
    """The process of a service or the gateway. `tend()` is called frequently and restarts it if it has ended."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], logs: Path) -> None:
        self.name = name
        self._command = command
        self._env = env
        # The service itself writes <name>.log. This file gets its stdout and stderr.
        self._output = logs / f"{name}.out"
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause = _FIRST_PAUSE
        self._due = 0.0
        self._output_start = 0

    def start(self) -> None:
        """Start the process now. What its predecessor left running in its process group is killed first."""
        self._kill_group()
        # The gateway's server has a worker process, which it ends only if it is asked to stop itself.
        death_signal = signal.SIGTERM if self.name == "gateway" else signal.SIGKILL
        self._output_start = process.size_of(self._output)
        self._process = process.spawn(self._command, log=self._output, death_signal=death_signal, env=self._env)
        self._started = time.monotonic()

    def restart(self) -> None:
        """Stop the process and start it again at once."""
        self.ask_to_stop()
        self.end(time.monotonic() + _RESTART_SECONDS)
        self.start()

    def tend(self) -> int | None:
        """Start the child again when its pause is over. Returns its exit code if it has just ended, else None."""
        now = time.monotonic()
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                process.bound_log(self._output)
                return None
            if now - self._started > _HEALTHY_SECONDS:
                self._pause = _FIRST_PAUSE
            self._due = now + self._pause
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
            self._kill_group()
            self._process = None
            return code
        if now >= self._due:
            self.start()
        return None

    @property
    def next_look(self) -> float:
        """The number of seconds after which `tend` should be called at the latest."""
        return 1.0 if self._process else max(0.0, self._due - time.monotonic())

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def end(self, deadline: float) -> bool:
        """Wait for the end until `deadline` (monotonic seconds), then kill what is left.

        Returns:
            Whether it ended before the deadline.
        """
        if self._process is None:
            return True
        ended = process.ended(self._process, deadline - time.monotonic())
        if not ended:
            process.kill(self._process)
        self._kill_group()
        self._process = None
        return ended

    def last_words(self) -> str:
        """Return the last lines of its output since its last start."""
        return "\n".join(process.lines_since(self._output, self._output_start)[-12:])

    def _kill_group(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):  # no process is left, or on macOS only zombies
                return


def command_of(service: str, settings: Settings) -> list[str]:
    """Return the command that starts a service: the gateway runs on granian, the others on uvicorn."""
    port = str(settings.port_of(service))
    if service == "gateway":
        options = (
            *("--interface", "asgi", "--http", "1", "--host", settings.gateway_host, "--port", port),
            # It limits the open connections, including WebSockets, and as many more may wait.
            *("--backlog", "8192"),
            # Headers are small. The timeout for reading them also limits how long an idle connection is kept. It is the
            # longest that granian accepts, so that a request seldom arrives on a connection that is being closed.
            *("--http1-buffer-size", "131072", "--http1-header-read-timeout", "60000"),
            *("--workers-kill-timeout", "10s"),
        )
        return [sys.executable, "-m", "granian", *options, "--no-access-log", "services.gateway:app"]
    options = (
        *("--host", "127.0.0.1", "--port", port, "--no-access-log", "--timeout-graceful-shutdown", "5"),
        # Far longer than the gateway (4 s) and services (httpx: 5 s) keep an idle connection.
        *("--timeout-keep-alive", "20"),
    )
    return [sys.executable, "-m", "uvicorn", *options, f"services.{service}_service:app"]
