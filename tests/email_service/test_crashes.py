"""kill -9 of a real process at the points that matter, with an SMTP server that counts."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from common.jobs.runner import HEARTBEAT_TIMEOUT
from common.settings import Settings
from common.testing.held_ports import held_row
from common.testing.people import SECRET
from common.testing.smtp import SmtpSink
from tests.email_service.conftest import Reports
from tests.email_service.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


class HaltingSink(SmtpSink):
    """Calls `at` when a client has reached a point: `envelope` (recipient taken) or `message` (all of it here)."""

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[str, Any] = {}

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, _server: object, _session: object, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Take the recipient, having told that it is here."""
        envelope.rcpt_tos.append(address)
        if "envelope" in self.at:
            self.at["envelope"]()
        return "250 ok"

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 -- the same
        """Take the message, having told that it is here."""
        answer = await super().handle_DATA(server, session, envelope)
        if "message" in self.at:
            self.at["message"]()
        return answer


class Process:
    """The email service as an operator starts it, in a process of its own."""

    def __init__(self, settings: Settings, port: int) -> None:
        self.port = port
        self.environment = {
            **os.environ,
            "BRANCHWISE_HOME": str(settings.home),
            "ENVIRONMENT": "test",
            "POSTGRES_HOST": settings.postgres_host,
            "POSTGRES_PORT": str(settings.postgres_port),
            "POSTGRES_DATABASE": settings.postgres_database,
            "DATABASE_ROLE_SECRET": settings.database_role_secret.get_secret_value(),
            "DATABASE_POOL_SIZE": "2",
            "NATS_URL": settings.nats_url,
            "JWT_ALGORITHM": "HS256",
            "JWT_SECRET_KEY": SECRET,
            "DEFAULT_SMTP_SERVER": settings.default_smtp_server,
            "DEFAULT_SMTP_PORT": str(settings.default_smtp_port),
            "DEFAULT_USE_TLS": "false",
        }
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        # The service's own command line, not a shell's.
        command = [sys.executable, "-m", "uvicorn", "services.email_service:app", "--port", str(self.port)]
        self.process = subprocess.Popen(  # noqa: ASYNC220 -- it is to outlive the test's loop, and be killed from a thread
            command, env=self.environment, cwd=Path(__file__).parents[2]
        )
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            while True:
                try:
                    answer = await client.get(f"http://127.0.0.1:{self.port}/health/ready")
                    if answer.status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        """Kill -9, as the out-of-memory killer would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def running_sink() -> Iterator[HaltingSink]:
    with HaltingSink() as sink:
        yield sink


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process(settings: Settings) -> AsyncGenerator[Process]:
    with held_row(1) as port:
        made = Process(settings, port)
        await made.start()
        yield made
        made.kill()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def email(process: Process) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{process.port}", timeout=30) as client:
        yield client


async def killed_at(point: str, process: Process, sink: HaltingSink, reports: Reports, shop: Shop) -> dict[str, Any]:
    """Send, kill the process when it has reached the point, start it again, and wait for the job's end.

    Until who is silent counts as dead, no time needs to pass here: the kills of tests/faults sit it out.
    """
    reached = asyncio.Event()
    loop = asyncio.get_running_loop()

    def kill() -> None:
        sink.at.clear()
        process.kill()
        loop.call_soon_threadsafe(reached.set)

    sink.at[point] = kill
    job_id = await reports.start()
    async with asyncio.timeout(20):
        await reached.wait()
    await shop.writer.execute("update email.pgqueuer set heartbeat = heartbeat - $1::interval", HEARTBEAT_TIMEOUT)
    await process.start()
    return await reports.ended(job_id, within=60)


async def test_killed_before_the_message_left_it_is_sent_once(
    process: Process, smtp_sink: HaltingSink, reports: Reports, shop: Shop
) -> None:
    job = await killed_at("envelope", process, smtp_sink, reports, shop)

    assert job["counts"] == {"sent": 1}
    assert len(smtp_sink.mails) == 1
    assert [entry["status"] for entry in await reports.history()] == ["sent"]


async def test_killed_before_the_answer_it_is_unknown_and_not_sent_again(
    process: Process, smtp_sink: HaltingSink, reports: Reports, shop: Shop
) -> None:
    job = await killed_at("message", process, smtp_sink, reports, shop)
    again = await reports.send()

    assert job["counts"] == {"unknown": 1}
    assert again["counts"] == {"skipped": 1}
    assert len(smtp_sink.mails) == 1
    [entry] = await reports.history()
    assert entry["status"] == "unknown"
    assert "stopped between" in entry["detail"]


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_killed_again_and_again_among_many_reports_none_is_sent_twice_or_lost(
    process: Process, smtp_sink: HaltingSink, reports: Reports, shop: Shop
) -> None:
    for number in range(40):
        await shop.rep("D07", "Omaha", f"rep{number:02}@northline.example")
    job_id = await reports.start()
    for seen in (3, 9, 16, 24, 33):
        await smtp_sink.wait_for(seen)
        process.kill()
        await process.start()
    job = await reports.ended(job_id, within=200)

    received = [mail.recipients[0] for mail in smtp_sink.mails]
    ended = {entry["sales_rep_email"]: entry["status"] for entry in await reports.history(limit=100)}
    assert job["status"] == "completed"
    assert len(received) == len(set(received))
    assert set(ended.values()) <= {"sent", "unknown"}
    assert {rep for rep, status in ended.items() if status == "sent"} <= set(received)
    assert len(ended) == 41
    assert set(received) <= set(ended)
