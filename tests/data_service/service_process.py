"""The data service as a process of its own, to be killed."""

import asyncio
import multiprocessing
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import httpx
import psutil
import uvicorn

from common.settings import Settings, get_settings
from common.testing.held_ports import held_row
from common.testing.people import SECRET

# A process begins as a copy of one that has read the service's code, without threads or connections: to read it again
# takes each of them longer than what most tests do with it. (tests/stack starts services as they are deployed.)
_COPIES = multiprocessing.get_context("forkserver")
_COPIES.set_forkserver_preload(["services.data_service.contents", __name__])


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
        self._is_quiet = is_quiet
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
        self._process: ForkServerProcess | None = None

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        told = (self._app, self.port, self._environment)
        self._process = _COPIES.Process(target=_serve, args=told, kwargs={"is_quiet": self._is_quiet})
        self._process.start()
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
            self._process.join()
            self._process = None

    async def died(self) -> None:
        """Wait until it has ended by itself."""
        assert self._process is not None
        async with asyncio.timeout(60):
            while self._process.exitcode is None:
                await asyncio.sleep(0.02)
        self._process = None

    @property
    def pid(self) -> int:
        """Its process, while it runs."""
        assert self._process is not None
        assert self._process.pid is not None
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


def _serve(app: str, port: int, environment: Mapping[str, str], *, is_quiet: bool) -> None:
    """Serve the application, with settings by this environment alone."""
    os.environ.clear()
    os.environ.update(environment)
    get_settings.cache_clear()
    if is_quiet:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
    module, _, name = app.partition(":")
    serving = getattr(import_module(module), name)
    serving.state.settings = get_settings()
    uvicorn.run(serving, port=port)


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
