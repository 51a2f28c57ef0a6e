"""Who does not stop when asked is ended by force, in time, and named."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import psutil
import pytest

from branchwise.stack import servers as servers_module
from branchwise.stack import supervisor as supervisor_module
from branchwise.stack.child import Child
from branchwise.stack.home import Home
from branchwise.stack.servers import Servers, own_postgres
from branchwise.stack.signals import Signals
from branchwise.stack.supervisor import Supervisor
from common.settings import Settings
from common.testing.stack import Stack
from tests.stack.test_lifecycle import leftovers

pytestmark = pytest.mark.timeout(120)
_DEAF = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
while True:
    signal.pause()
"""


class _NoServers(Servers):
    def __init__(self, home: Path) -> None:
        super().__init__(Home(home), Settings(branchwise_home=home))

    def stop(self, within: float = 20) -> None:
        assert within > 0


def test_a_service_that_does_not_stop_is_killed_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervisor_module, "_SERVICES_STOP_SECONDS", 2.3)
    deaf = Child("data", [sys.executable, "-c", _DEAF], {}, tmp_path)
    quick = Child("auth", [sys.executable, "-c", "import signal; signal.pause()"], {}, tmp_path)
    signals = Signals()
    supervisor = Supervisor(_NoServers(tmp_path), [deaf, quick], Settings(), signals)
    others = psutil.Process().children()
    deaf.start()
    quick.start()
    while deaf.last_words() != "deaf":
        time.sleep(0.01)

    supervisor.stop()

    signals.wake.close()
    assert psutil.Process().children() == others
    told = capsys.readouterr().err
    assert "data did not stop within 2 s: killed" in told
    assert "auth" not in told


def test_servers_that_hang_are_ended_by_force_and_lose_nothing(
    new_stack: Callable[[], Stack], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("POSTGRES_HOST", raising=False)
    monkeypatch.delenv("NATS_URL", raising=False)
    monkeypatch.setattr(servers_module, "_NATS_STOP_SECONDS", 0.2)
    stack = new_stack()
    servers = Servers(Home(stack.home), Settings(branchwise_home=stack.home))
    settings = Settings(branchwise_home=stack.home, **servers.start())
    pid = (stack.home / "nats" / "nats.pid").read_text(encoding="ascii")
    psutil.Process(int(pid)).suspend()
    asyncio.run(_leave_a_backend_that_hangs(settings.admin_dsn()))

    servers.stop(within=0)

    told = capsys.readouterr().err
    assert "NATS did not stop in time" in told
    assert "PostgreSQL did not stop in time" in told
    assert leftovers(stack) == []

    server = own_postgres(stack.home, settings)
    server.start()
    assert asyncio.run(_rows(settings.model_copy(update={"postgres_port": server.port}).admin_dsn())) == 1
    assert server.stop()


async def _leave_a_backend_that_hangs(dsn: str) -> None:
    """With a row committed, and a connection whose process answers nobody."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("create schema mine; create table mine.kept (kept int); insert into mine.kept values (1)")
    os.kill(connection.get_server_pid(), signal.SIGSTOP)
    connection.terminate()


async def _rows(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return len(await connection.fetch("select * from mine.kept"))
    finally:
        await connection.close()
