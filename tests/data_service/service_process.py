"""The data service as a process of its own, to be killed."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil

from common.settings import Settings
from common.testing.held_ports import held_row
from common.testing.people import SECRET

_ROOT = Path(__file__).parents[2]


class ServiceProcess:
    """`start`, `kill` and `start` again on the same port; `peak_bytes` is what it and its readers held at most.

    `app` is what uvicorn runs, `environment` what it is told besides the settings; quiet, its log goes to files alone.
    """

    def __init__(
        self,
        settings: Settings,
        port: int,
        app: str,
        environment: dict[str, str] | None,
        *,
        is_quiet: bool,
    ) -> None:
        self._app = app
        self._stderr = subprocess.DEVNULL if is_quiet else None
        self.port = port
        self.api = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=120)
        self.peak_bytes: dict[str, int] = {}
        self._environment = {
            **os.environ,
            "BRANCHWISE_HOME": str(settings.home),
            "ENVIRONMENT": "test",
            "POSTGRES_HOST": settings.postgres_host,
            "POSTGRES_PORT": str(settings.postgres_port),
            "POSTGRES_DATABASE": settings.postgres_database,
            "DATABASE_ROLE_SECRET": settings.database_role_secret.get_secret_value(),
            "NATS_URL": settings.nats_url,
            "JWT_ALGORITHM": "HS256",
            "JWT_SECRET_KEY": SECRET,
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        command = [sys.executable, "-m", "uvicorn", self._app, "--port", str(self.port)]
        environment, stderr = self._environment, self._stderr
        self._process = subprocess.Popen(command, cwd=_ROOT, env=environment, stderr=stderr)  # noqa: ASYNC220 -- over in 1 ms
        async with asyncio.timeout(60):
            while True:
                try:
                    if (await self.api.get("/health/ready")).is_success:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def died(self) -> None:
        """Wait until it has ended by itself."""
        assert self._process is not None
        async with asyncio.timeout(60):
            while self._process.poll() is None:
                await asyncio.sleep(0.02)
        self._process = None

    @property
    def pid(self) -> int:
        """Its process, while it runs."""
        assert self._process is not None
        return self._process.pid

    def weigh(self) -> None:
        """Note how much memory it and its readers hold now."""
        if self._process is None:
            return
        parent = psutil.Process(self._process.pid)
        for name, processes in (("service", [parent]), ("readers", parent.children(recursive=True))):
            held = 0
            for process in processes:
                try:
                    held += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.peak_bytes[name] = max(self.peak_bytes.get(name, 0), held)


@asynccontextmanager
async def service_process(
    settings: Settings,
    app: str = "services.data_service:app",
    environment: dict[str, str] | None = None,
    *,
    is_quiet: bool = False,
) -> AsyncGenerator[ServiceProcess]:
    """A started service process, killed at the end."""
    with held_row(1) as port:
        service = ServiceProcess(settings, port, app, environment, is_quiet=is_quiet)
        try:
            await service.start()
            yield service
        finally:
            service.kill()
            await service.api.aclose()
