"""Run a PostgreSQL cluster from a wheel, under a home folder and on 127.0.0.1 only."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from common.embedded import process
from common.embedded.account import Account, server_account
from common.embedded.postgres_binaries import postgres_bin_dir
from common.embedded.postmaster import Postmaster, stop_signals, wait_for_ready, wait_for_settled
from common.embedded.private_file import write_private

SUPERUSER = "postgres"
# The folder for clusters of root, if the unprivileged account cannot enter the home.
_OUTSIDE = Path("/var/lib/branchwise")

# For a home: little memory while idle, and everything durable.
DURABLE = {
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "64MB",
    "max_connections": "200",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_min_messages": "warning",
}
# For tests, whose clusters are deleted afterwards: nothing waits for the disk.
THROWAWAY = DURABLE | {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "5min",
}


class PostgresDidNotStart(RuntimeError):
    """The server ended or was not ready in time. The message contains its last error."""


class EmbeddedPostgres:
    """A cluster in `home`/postgres. `host`, `port`, `user` and `password` are valid after `start()`."""

    host = "127.0.0.1"
    user = SUPERUSER

    def __init__(
        self, home: Path, *, bin_dir: Path | None = None, port: int | None = None, tuning: Mapping[str, str] = DURABLE
    ) -> None:
        self.port = port or 0
        self.password = ""
        self.process: subprocess.Popen[bytes] | None = None
        self._home = home.resolve()
        self._tuning = tuning
        self._account: Account | None = server_account()
        self.bin_dir = postgres_bin_dir(bin_dir, self._account)
        self.log = self._home / "logs" / "postgres.log"
        self._record = self._home / "postgres.path"
        self._data = self._place() / "data"

    def start(self) -> None:
        """Create the cluster if it does not exist, start it and wait until it accepts connections.

        A server that already runs on this data folder is adopted. A killed launcher leaves one if the kernel could not
        stop its children.

        Raises:
            PostgresDidNotStart: it ended, or was not ready within 60 seconds.
        """
        self.password = self._stored_password()
        self._record_place()
        if not self.has_data:
            self._init()
        running = wait_for_settled(self._data, 60)
        if running is not None:
            self.port = running.port
            return
        self.port = self.port or process.free_port()
        command = [str(self.bin_dir / "postgres"), "-D", str(self._data), *self._options()]
        log_size = process.size_of(self.log)
        self.process = process.spawn(
            command, log=self.log, death_signal=signal.SIGINT, account=self._account, cwd=self._data
        )
        if not wait_for_ready(self._data, self.process, 60):
            self.stop()
            raise self._did_not_start("PostgreSQL did not start", log_size)

    @property
    def has_data(self) -> bool:
        """Whether the cluster exists."""
        return (self._data / "PG_VERSION").exists()

    @property
    def folder(self) -> Path:
        """The folder that contains only the cluster."""
        return self._data.parent

    @property
    def running_port(self) -> int | None:
        """The port of the server that runs on this cluster, whoever started it; None if no server runs."""
        server = Postmaster.read(self._data)
        return server.port if server is not None and server.ready() else None

    def alive(self) -> bool:
        """Return whether the server runs. For an adopted server, that is whether its port accepts connections."""
        return self.process.poll() is None if self.process else process.listens(self.port)

    def stop(self, within: float = 20) -> bool:
        """Stop the server as `stop_signals` describes. Open transactions are rolled back.

        Returns:
            Whether the fast shutdown was enough.
        """
        if self.process is not None:
            orderly = process.stop(self.process, *stop_signals(within))
            self.process = None
            return orderly
        adopted = Postmaster.read(self._data)
        return adopted is None or adopted.stop(within)

    def remove(self) -> None:
        """Delete the cluster, wherever it is. No server may run on it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _place(self) -> Path:
        """Return the folder of the cluster: in the home, or for root elsewhere if the account cannot enter the home."""
        inside = self._home / "postgres"
        if self._record.exists():
            return Path(self._record.read_text(encoding="utf-8").strip())
        # A cluster that exists in the home belongs to an ordinary user, for whom root runs a command.
        if not self._account or self._account.can_reach(self._home) or (inside / "data" / "PG_VERSION").exists():
            return inside
        return _OUTSIDE / f"{self._home.name}-{hashlib.sha256(str(self._home).encode()).hexdigest()[:12]}"

    def _record_place(self) -> None:
        """Write the folder of the cluster to a file in the home if it is elsewhere. Only `start` calls this."""
        if self._data.parent.parent != self._home and not self._record.exists():
            self._home.mkdir(parents=True, exist_ok=True)
            self._record.write_text(f"{self._data.parent}\n", encoding="utf-8")

    def _stored_password(self) -> str:
        store = self._home / "secrets" / "postgres-superuser"
        if not store.exists():
            write_private(store, secrets.token_urlsafe(24))
        return store.read_text(encoding="ascii").strip()

    def _init(self) -> None:
        """Create the cluster in a temporary folder and rename it, so that a crash leaves no incomplete cluster."""
        place = self._data.parent
        if not place.parent.exists():
            place.parent.mkdir(parents=True)
            place.parent.chmod(0o711)  # the account must be able to enter it, whatever the umask is
        place.mkdir(exist_ok=True)
        if self._account:
            self._account.own(place)
        new = place / f"new-{secrets.token_hex(4)}"
        password_file = place / f"{new.name}.password"
        write_private(password_file, self.password)
        if self._account:
            self._account.own(password_file)
        try:
            self._run_initdb(new, password_file)
        finally:
            password_file.unlink()
        new.rename(self._data)

    def _run_initdb(self, data: Path, password_file: Path) -> None:
        command = [
            *(str(self.bin_dir / "initdb"), "-D", str(data), "-U", SUPERUSER, f"--pwfile={password_file}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"),
            *self._locale_options(),
            *(() if self._tuning.get("fsync") != "off" else ("--no-sync",)),
        ]
        log_size = process.size_of(self.log)
        initdb = process.spawn(
            command, log=self.log, death_signal=signal.SIGKILL, account=self._account, cwd=data.parent
        )
        if initdb.wait(120) != 0:
            raise self._did_not_start("PostgreSQL could not make its data folder", log_size)

    def _locale_options(self) -> tuple[str, ...]:
        """Return options for a locale that is the same on every machine: order by bytes, letters as in Unicode.

        PostgreSQL has it built in since version 17; libc's C.UTF-8 provides it for older versions.
        """
        command = (self.bin_dir / "postgres", "--version")
        answer = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 -- our own program
        major = int(answer.stdout.split()[2].split(".")[0])
        builtin_since = 17
        if major >= builtin_since:
            return ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        return ("--locale=C.UTF-8",)

    def _options(self) -> list[str]:
        options = {
            "listen_addresses": self.host,
            "port": str(self.port),
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self._tuning,
        }
        return [part for name, value in options.items() for part in ("-c", f"{name}={value}")]

    def _did_not_start(self, what: str, log_size: int) -> PostgresDidNotStart:
        time.sleep(0.1)  # the last lines may not be in the file yet
        return PostgresDidNotStart(f"{what}: {process.fault_since(self.log, log_size)}\nAll it said: {self.log}")
