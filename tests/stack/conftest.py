"""A stack run as a user runs it: the command, in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from branchwise.stack.home import MARK
from common.embedded.process import listens

COMMAND = Path(sys.executable).parent / "branchwise"
START_SECONDS = 120


@dataclass
class Stack:
    """A home and the launcher that runs in it."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    arguments: list[str] = field(default_factory=list[str])

    @property
    def ready_file(self) -> Path:
        return self.home / "ready"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *more: str) -> None:
        """Start the launcher and wait for its ready-file, not for one that a killed launcher left."""
        self.ready_file.unlink(missing_ok=True)
        self.launch(*more)
        self.wait_until(self.ready_file.exists, START_SECONDS)

    def launch(self, *more: str) -> None:
        place = ["--home", self.home, "--port-base", str(self.port), "--ready-file", self.ready_file]
        # With its parent: a test run that is killed leaves no stack behind.
        command = [COMMAND, "up", "--stop-with-parent", *place]
        with self.said.open("wb") as said:
            self.process = subprocess.Popen([*command, *self.arguments, *more], stderr=said, env=environment())

    @property
    def said(self) -> Path:
        return self.home / "said"

    def wait_until(self, holds: Callable[[], bool], within: float) -> None:
        deadline = time.monotonic() + within
        while not holds():
            assert self.process is None or self.process.poll() is None, self.said.read_text()
            assert time.monotonic() < deadline, self.said.read_text()
            time.sleep(0.05)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Stop it; the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(40)
        self.process = None
        return code

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of this home, not of this stack's launcher."""
        command = [COMMAND, *arguments, "--home", self.home]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100, env=environment())

    def get(self, path: str, **headers: str) -> Any:
        return httpx.get(f"{self.url}{path}", headers=headers, timeout=20).raise_for_status().json()

    def demo(self) -> dict[str, Any]:
        """How to sign in to the demo, once it is in."""
        return json.loads((self.home / "demo" / "demo.json").read_text())

    def child(self, name: str) -> psutil.Process:
        """The running process of a service, of `postgres` or of `nats-server`."""
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children():
            line = " ".join(child.cmdline())
            if f"services.{name}" in line or child.name() == name:
                return child
        message = f"{name} does not run"
        raise AssertionError(message)

    def leftovers(self) -> list[str]:
        """Processes of this home that still run."""
        found: list[str] = []
        for running in psutil.process_iter():
            try:
                line = " ".join(running.cmdline())
                ours = running.environ().get(MARK) == str(self.home) or f"{self.home}/" in line
                if ours and running.status() != psutil.STATUS_ZOMBIE and running.pid != os.getpid():
                    found.append(line)
            except (psutil.Error, OSError):
                continue
        return found


def environment() -> dict[str, str]:
    """Ours, without what would lead the stack to other servers or ports than a test means."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BRANCHWISE_HOME")}


@pytest.fixture(scope="module")
def new_stack(worker_id: str) -> Iterator[Callable[[], Stack]]:
    """Makes stacks, each with a home of its own below /tmp and seven ports in a row; ends them afterwards."""
    made: list[Stack] = []
    first = 21_000 + 1_000 * int(worker_id.removeprefix("gw") or 0) if worker_id != "master" else 20_000

    def make() -> Stack:
        base = first
        while any(listens(base + place) for place in range(7)) or base in {stack.port for stack in made}:
            base += 10
        home = Path(tempfile.mkdtemp(prefix="branchwise-stack-"))
        home.chmod(0o755)
        made.append(Stack(home, base))
        return made[-1]

    yield make
    for stack in made:
        if stack.process is not None:
            stack.process.kill()
            stack.process.wait()
        shutil.rmtree(stack.home, ignore_errors=True)
