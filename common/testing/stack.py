"""The whole system as its users run it: `branchwise up` in a home of its own, real processes, real servers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from uuid import UUID

import httpx
import psutil

from common.embedded import process
from common.embedded.postgres import DURABLE, EmbeddedPostgres
from common.settings import SERVICES, get_settings
from common.testing.company import Company
from common.testing.held_ports import held_row

OWNER_PASSWORD = "the owner's password in tests"  # noqa: S105 -- of a stack that lives as long as the run
_START_SECONDS = 240
# (as the unit of docs/operations.md: nobody is waited for longer than 30)
_STOP_SECONDS = 45
_COMMAND_SECONDS = 300
# Of a log whose stack failed.
_COMPLAINTS = 40
# A stack of the tests has servers of its own: they are killed, and nobody else may be hit.
_NOT_INHERITED = ("POSTGRES_", "NATS_URL", "DATABASE_URL", "BRANCHWISE_HOME", "BASE_URL")


class StackDidNotStart(RuntimeError):
    """The launcher ended or was silent for too long; the text is the end of what it said."""


class Stack:
    """A stack and its launcher. `home` is its folder, `port` the gateway's, `log` what the launcher said.

    `metrics_port` tells the gateway's metrics; `mail_port` is the one port of this machine at which its tenants may
    have a mail server. One that is not `durable` outlives the death of any process like another, but not the machine's:
    its database does not wait for the disk.
    """

    def __init__(self, *, durable: bool = True) -> None:
        # Where PostgreSQL's own account can reach it, so that all of the state lies in it.
        self.home = Path(tempfile.mkdtemp(prefix="branchwise-stack-"))
        self.home.chmod(0o755)
        self.log = self.home / "launcher.log"
        self.ready_file = self.home / "ready"
        self._ports = ExitStack()
        # One a service, one for the gateway's metrics and one for mail.
        self.port = self._ports.enter_context(held_row(len(SERVICES) + 2))
        self.metrics_port = self.port + len(SERVICES)
        self.mail_port = self.metrics_port + 1
        self._durable = durable
        self._launcher: subprocess.Popen[bytes] | None = None
        self._companies = 0

    def __enter__(self) -> Self:
        try:
            if not self._durable:
                self._make_database_that_does_not_wait()
            self.start("--no-demo")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is not None:
                # (the home and its logs are about to go)
                error.add_note(self.complaints())
        finally:
            self.close()

    @property
    def gateway(self) -> str:
        """The one address of all services."""
        return f"http://127.0.0.1:{self.port}"

    def url_of(self, service: str) -> str:
        """A service's own address, past the gateway."""
        return f"http://127.0.0.1:{self.port + SERVICES.index(service)}"

    @property
    def nats_url(self) -> str:
        """Where the stack's events go."""
        return str(self._running()["nats_url"])

    @property
    def superuser_dsn(self) -> str:
        """The stack's database, past all policies."""
        running = self._running()
        password = (self.home / "secrets" / "postgres-superuser").read_text(encoding="ascii").strip()
        place = f"{running['postgres_host']}:{running['postgres_port']}/{running['postgres_database']}"
        return f"postgresql://postgres:{quote(password)}@{place}"

    def start(self, *options: str) -> None:
        """Start the launcher and wait until everything answers. Raises StackDidNotStart."""
        # One that a killed launcher left would tell of readiness at once.
        self.ready_file.unlink(missing_ok=True)
        self.launch(*options)
        self.wait_until(self.ready_file.exists)

    def launch(self, *options: str) -> None:
        """Start the launcher, with options of `branchwise up`."""
        place = ("--port-base", str(self.port), "--ready-file", str(self.ready_file))
        # With its parent: a test run that is killed leaves no stack behind.
        command = self._command("up", "--stop-with-parent", *place, *options)
        self._launcher = process.spawn(
            command, log=self.log, death_signal=signal.SIGTERM, env=self._environment(), cwd=self.home
        )

    def wait_until(self, holds: Callable[[], bool], within: float = _START_SECONDS) -> None:
        """Wait for something while the launcher, where one was started, runs. Raises StackDidNotStart."""
        deadline = time.monotonic() + within
        while not holds():
            ended = self._launcher is not None and self._launcher.poll() is not None
            if ended or time.monotonic() > deadline:
                raise StackDidNotStart(self.log.read_text(encoding="utf-8", errors="replace")[-4000:])
            time.sleep(0.05)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C or another signal; the launcher's exit code. Raises TimeoutExpired."""
        self._started().send_signal(number)
        return self.ended()

    def ended(self, within: float = _STOP_SECONDS) -> int:
        """The exit code of a launcher that ends. Raises TimeoutExpired."""
        code = self._started().wait(within)
        self._launcher = None
        return code

    def close(self) -> None:
        """Stop whatever runs, and remove the home."""
        if self._launcher is not None and self._launcher.poll() is None:
            process.stop(self._launcher, (signal.SIGINT, _STOP_SECONDS))
        shutil.rmtree(self.home, ignore_errors=True)
        self._ports.close()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`branchwise ARGUMENTS`, run for this stack: what it printed, and its exit code."""
        return subprocess.run(  # noqa: S603 -- our own program
            self._command(*arguments),
            env=self._environment(),
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=_COMMAND_SECONDS,
        )

    @asynccontextmanager
    async def company(
        self, *, time_zone: str = "America/Chicago", location_source: str | None = None
    ) -> AsyncGenerator[Company]:
        """A tenant made as the command line makes one, its owner signed in. Raises HTTPStatusError."""
        self._companies += 1
        email = f"owner-{self._companies}@somewhere.example"
        wanted = {
            "name": f"Somewhere Supply {self._companies}",
            "time_zone": time_zone,
            "currency": "USD",
            "owner_email": email,
            "owner_password": OWNER_PASSWORD,
        }
        operator = {"X-Operator-Key": (self.home / "secrets" / "operator_key").read_text(encoding="ascii").strip()}
        async with httpx.AsyncClient(base_url=self.url_of("auth"), timeout=60, headers=operator) as auth:
            created = (await auth.post("/auth/operator/tenants", json=wanted)).raise_for_status()
        tenant_id = UUID(created.json()["tenant_id"])
        async with httpx.AsyncClient(base_url=self.gateway, timeout=60) as api:
            signed_in = await api.post("/auth/password/login", json={"email": email, "password": OWNER_PASSWORD})
            api.headers["Authorization"] = f"Bearer {signed_in.raise_for_status().json()['access_token']}"
            api.headers["X-Tenant-Id"] = str(tenant_id)
            if location_source is not None:
                settings = {"google_analytics_config": {"location_source": location_source}}
                (await api.patch(f"/auth/tenants/{tenant_id}", json=settings)).raise_for_status()
            yield Company(tenant_id, email, api)

    def complaints(self) -> str:
        """The last warnings and errors of each service, as lines of their logs."""
        lines: list[str] = []
        for log in sorted((self.home / "logs").glob("*.log")):
            if log.stem.endswith("-error"):
                # (what is in there is in the service's other log too)
                continue
            said = log.read_text(encoding="utf-8", errors="replace").splitlines()
            lines += [line for line in said if '"level": "INFO"' not in line][-_COMPLAINTS:]
        return "\n".join(lines)

    def process_of(self, name: str) -> psutil.Process:
        """The process of a service, of `nats` or of `postgres` (its first one). Raises NoSuchProcess."""
        mark = {"nats": "nats-server", "postgres": "/postgres", "gateway": "services.gateway:app"}.get(
            name, f"services.{name}_service:app"
        )
        for child in self.launcher.children():
            if any(mark in part for part in child.cmdline()):
                return child
        raise psutil.NoSuchProcess(0, name)

    @property
    def launcher(self) -> psutil.Process:
        """The process of `branchwise up`."""
        return psutil.Process(self._started().pid)

    def _make_database_that_does_not_wait(self) -> None:
        """Make the cluster before the launcher would, with a setting in its own file."""
        bin_dir = get_settings().branchwise_pg_bin
        tuning = DURABLE | {"fsync": "off"}
        server = EmbeddedPostgres(self.home, bin_dir=Path(bin_dir) if bin_dir else None, tuning=tuning)
        server.start()
        server.stop()
        with (server.folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write("fsync = off\n")

    def _environment(self) -> dict[str, str]:
        # Its people sign in once, and rounds of faults last longer than a token does. All of them call from one
        # address, and faster than one may: a call that is refused for that would prove nothing.
        own = {"JWT_EXPIRATION_HOURS": "12", "REQUESTS_PER_SECOND": "1000000"}
        return environment() | own | {"ALLOW_PRIVATE_HOSTS": f"127.0.0.1:{self.mail_port}"}

    def _started(self) -> subprocess.Popen[bytes]:
        if self._launcher is None:
            raise StackDidNotStart("it was not started yet")
        return self._launcher

    def _running(self) -> dict[str, Any]:
        running: dict[str, Any] = json.loads((self.home / "run" / "stack.json").read_text(encoding="utf-8"))
        return running

    def _command(self, *arguments: str) -> list[str]:
        """The command line, installed beside the environment's Python."""
        return [str(Path(sys.executable).parent / "branchwise"), *arguments, "--home", str(self.home)]


def environment() -> dict[str, str]:
    """Ours, without what would lead a stack to other servers, or to another home, than a test means."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
    return kept | {"ENVIRONMENT": "development"}
