"""PostgreSQL from a wheel: one cluster under a home folder, on 127.0.0.1 only."""

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
# Where root's clusters go when the home is out of the unprivileged account's reach.
_OUTSIDE = Path("/var/lib/branchwise")

# A home is one machine's: little memory while idle, everything durable.
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
# A test's cluster is thrown away: nothing waits for the disk.
THROWAWAY = DURABLE | {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "5min",
}


class PostgresDidNotStart(RuntimeError):
    """The server ended or stayed silent; the message says what it said."""


class EmbeddedPostgres:
    """One cluster in `home`/postgres. `start()`, then `host`, `port`, `user` and `password` hold."""

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
        """Make the cluster where there is none, start it and wait until it takes connections.

        A server that already runs on this data folder (left by a launcher that was killed where the kernel
        could not stop its children) is adopted. Raises PostgresDidNotStart.
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
        said_before = process.size_of(self.log)
        self.process = process.spawn(
            command, log=self.log, death_signal=signal.SIGINT, account=self._account, cwd=self._data
        )
        if not wait_for_ready(self._data, self.process, 60):
            self.stop()
            raise self._did_not_start("PostgreSQL did not start", said_before)

    @property
    def has_data(self) -> bool:
        """Whether there is a cluster."""
        return (self._data / "PG_VERSION").exists()

    @property
    def folder(self) -> Path:
        """What holds the cluster, and nothing else."""
        return self._data.parent

    @property
    def running_port(self) -> int | None:
        """Where the cluster is served now, whoever started that; None where it is not."""
        server = Postmaster.read(self._data)
        return server.port if server is not None and server.ready() else None

    def alive(self) -> bool:
        """Whether the server runs: our own child by its exit, an adopted one (whose pid says nothing) by an answer."""
        return self.process.poll() is None if self.process else process.listens(self.port)

    def stop(self, within: float = 20) -> bool:
        """Open transactions are rolled back, what was committed stays; whether it ended in order (`stop_signals`)."""
        if self.process is not None:
            orderly = process.stop(self.process, *stop_signals(within))
            self.process = None
            return orderly
        adopted = Postmaster.read(self._data)
        return adopted is None or adopted.stop(within)

    def remove(self) -> None:
        """Delete the cluster, which nobody serves, wherever it lies."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _place(self) -> Path:
        """The folder that holds the cluster: in the home, else (root only) where the account can reach it."""
        inside = self._home / "postgres"
        if self._record.exists():
            return Path(self._record.read_text(encoding="utf-8").strip())
        # (one that stands in the home is an ordinary user's, whom root looks after)
        if not self._account or self._account.can_reach(self._home) or (inside / "data" / "PG_VERSION").exists():
            return inside
        return _OUTSIDE / f"{self._home.name}-{hashlib.sha256(str(self._home).encode()).hexdigest()[:12]}"

    def _record_place(self) -> None:
        """Say in the home where its cluster is, if that is elsewhere: not before there is to be one."""
        if self._data.parent.parent != self._home and not self._record.exists():
            self._home.mkdir(parents=True, exist_ok=True)
            self._record.write_text(f"{self._data.parent}\n", encoding="utf-8")

    def _stored_password(self) -> str:
        store = self._home / "secrets" / "postgres-superuser"
        if not store.exists():
            write_private(store, secrets.token_urlsafe(24))
        return store.read_text(encoding="ascii").strip()

    def _init(self) -> None:
        """Initdb beside its final place, then renamed: a crash in between leaves no half cluster."""
        place = self._data.parent
        if not place.parent.exists():
            place.parent.mkdir(parents=True)
            place.parent.chmod(0o711)  # the account passes through, whatever the umask is
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
        said_before = process.size_of(self.log)
        initdb = process.spawn(
            command, log=self.log, death_signal=signal.SIGKILL, account=self._account, cwd=data.parent
        )
        if initdb.wait(120) != 0:
            raise self._did_not_start("PostgreSQL could not make its data folder", said_before)

    def _locale_options(self) -> tuple[str, ...]:
        """Byte order for text and Unicode's letters, alike on every machine; before 17 libc's C.UTF-8 gives it."""
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

    def _did_not_start(self, what: str, said_before: int) -> PostgresDidNotStart:
        time.sleep(0.1)  # the last lines may still be on their way into the file
        return PostgresDidNotStart(f"{what}: {process.fault_since(self.log, said_before)}\nAll it said: {self.log}")
