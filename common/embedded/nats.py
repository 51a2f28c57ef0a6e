"""Run a NATS server with JetStream from a wheel, with its state under a home folder and on 127.0.0.1 only."""

from __future__ import annotations

import json
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from common.embedded import process
from common.embedded.private_file import write_private

MAX_FILE_STORE = "4GB"


class NatsDidNotStart(RuntimeError):
    """The server ended or did not answer in time. The message names its log."""


class EmbeddedNats:
    """A server with its streams in `home`/nats. `url` is valid after `start()`."""

    def __init__(self, home: Path, *, port: int | None = None) -> None:
        self.port = port or 0
        self.process: subprocess.Popen[bytes] | None = None
        self._folder = home.resolve() / "nats"
        self.log = home.resolve() / "logs" / "nats.log"
        self._config = self._folder / "nats.conf"
        self._pid_file = self._folder / "nats.pid"
        self._name_store = self._folder / "server.json"
        self._token = ""

    @property
    def url(self) -> str:
        """The address with the token, without which other users of the machine cannot connect."""
        return f"nats://{self._token}@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server, or adopt one that still runs on this folder.

        Raises:
            NatsDidNotStart: it ended, or did not answer within 30 seconds.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        stored = self._stored()
        self._token = stored["token"]
        if stored["port"] and _name_of_server(stored["port"]) == stored["name"]:
            self.port = stored["port"]
            return
        self.port = self.port or process.free_port()
        write_private(self._name_store, json.dumps(stored | {"port": self.port}))
        write_private(self._config, self._configuration(stored["name"]))
        command = [str(_binary()), "-c", str(self._config)]
        log_size = process.size_of(self.log)
        self.process = process.spawn(command, log=self.log, death_signal=signal.SIGTERM, cwd=self._folder)
        deadline = time.monotonic() + 30
        while _name_of_server(self.port) != stored["name"]:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                message = f"NATS did not start: {process.fault_since(self.log, log_size)}\nAll it said: {self.log}"
                raise NatsDidNotStart(message)
            time.sleep(0.02)

    def alive(self) -> bool:
        """Return whether the server runs. For an adopted server, that is whether its port accepts connections."""
        return self.process.poll() is None if self.process else process.listens(self.port)

    def stop(self, within: float = 10) -> bool:
        """Stop the server. An adopted one is found by its pid file.

        Returns:
            False if it had to be killed.
        """
        ask = (signal.SIGTERM, within)
        if self.process is not None:
            orderly = process.stop(self.process, ask)
            self.process = None
            return orderly
        pid = self._pid_of_adopted()
        return pid is None or process.stop_adopted(pid, ask)

    def _pid_of_adopted(self) -> int | None:
        """Return the pid of the server on this folder, or None if the pid in the file belongs to another process."""
        with suppress(OSError, ValueError, psutil.Error):
            pid = int(self._pid_file.read_text(encoding="ascii"))
            if str(self._config) in psutil.Process(pid).cmdline():
                return pid
        return None

    def _stored(self) -> dict[str, Any]:
        if self._name_store.exists():
            stored: dict[str, Any] = json.loads(self._name_store.read_text(encoding="utf-8"))
            return stored
        return {"name": f"branchwise-{secrets.token_hex(6)}", "token": secrets.token_urlsafe(24), "port": 0}

    def _configuration(self, name: str) -> str:
        # JSON strings are valid in NATS configuration. Every write is synced, which is cheap enough because events are
        # batches, not rows.
        return f"""\
server_name: {json.dumps(name)}
listen: "127.0.0.1:{self.port}"
pid_file: {json.dumps(str(self._pid_file))}
authorization {{ token: {json.dumps(self._token)} }}
jetstream {{
  store_dir: {json.dumps(str(self._folder))}
  max_file_store: {MAX_FILE_STORE}
  max_memory_store: 64MB
  sync_interval: always
}}
"""


def _binary() -> Path:
    """Return the path of the program, which the wheel installs beside the environment's Python."""
    return Path(sys.executable).parent / "nats-server"


def _name_of_server(port: int) -> str | None:
    """Return the name of the server on `port` from its greeting, or None if no NATS server answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection, connection.makefile("rb") as stream:
            greeting = stream.readline(65536)
    except OSError:
        return None
    if not greeting.startswith(b"INFO "):
        return None
    name: str | None = json.loads(greeting[5:]).get("server_name")
    return name
