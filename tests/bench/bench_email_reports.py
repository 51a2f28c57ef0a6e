"""Benchmark of branch reports: read, rendered, recorded and sent, relative to raw aiosmtplib with the same mails."""

import asyncio
import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiosmtplib
import httpx
import uvloop

from common.embedded.nats import EmbeddedNats
from common.http.app import create_app
from common.settings import Settings
from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.measure import Measure
from common.testing.people import Person, add_person, settings_for_people
from common.testing.serve import client_of
from common.testing.smtp import SmtpSink
from services.email_service import SPEC
from services.email_service.jobs.send_reports import CONNECTIONS
from tests.email_service.shop import DAY, Shop, open_shop

BRANCHES = 300
CUSTOMERS = 5
ROUNDS = 5
SENDER = "reports@branchwise.example"
SINK = Path(__file__).parent / "counting_sink.py"


def measure() -> list[Measure]:
    """Measure reports per second, relative to the raw client."""
    with (
        postgres_cluster() as cluster,
        tempfile.TemporaryDirectory() as home,
        cluster.database(Path(home)) as database,
        _sink() as port,
        _nats() as nats_url,
    ):
        mail: dict[str, Any] = {"default_smtp_server": "127.0.0.1", "default_smtp_port": port}
        mail |= {"default_use_tls": False, "nats_url": nats_url, "log_level": "WARNING"}
        settings = settings_for_people(database.settings).model_copy(update=mail)
        # The services run on uvloop too.
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            ours, raw = runner.run(_measure(database, settings, port))
    size = f"{BRANCHES} reports of {CUSTOMERS} customers, {CONNECTIONS} connections"
    return [
        Measure("reports rendered and sent", ours, "reports/s", hold=100, aim=175, note=size),
        Measure("the same", ours, "reports/s", 0.4, 0.7, raw, "raw aiosmtplib", note="same mails, same sink"),
    ]


async def _measure(database: MigratedDatabase, settings: Settings, port: int) -> tuple[float, float]:
    async with _shop(database) as admin:
        mails = await _mails(admin, settings)
        async with client_of(create_app(SPEC, settings)) as client:
            await _one_send(client, admin)
            pairs = [(await _one_send(client, admin), await _raw(port, mails)) for _ in range(ROUNDS)]
    middle = ROUNDS // 2
    return sorted(ours for ours, _ in pairs)[middle], sorted(raw for _, raw in pairs)[middle]


@asynccontextmanager
async def _shop(database: MigratedDatabase) -> AsyncGenerator[Person]:
    async with open_shop(database) as shop:
        for number in range(BRANCHES):
            await _fill_branch(shop, f"B{number:03}")
        await shop.refresh()
        await shop.writer.execute("analyze")
        yield await add_person(database.superuser_dsn, shop.tenant_id, "admin")


async def _fill_branch(shop: Shop, code: str) -> None:
    await shop.branch(code, f"Branch {code}")
    await shop.rep(code, f"Branch {code}", f"{code}@northline.example")
    for number in range(CUSTOMERS):
        user = f"{code}-{number}"
        phone = {"cell_phone": "+1-555-0187", "email": f"buying@{user}.example"}
        await shop.customer(user, f"Customer {user} Supply", **phone)
        at = shop.at("10:00") + timedelta(minutes=number)
        if number < 2:
            items = [(f"Product {line:03}", line + 1, 12.5 + line) for line in range(4)]
            await shop.cart(user, at, items, code)
            await shop.failed_search(user, at - timedelta(minutes=5), "ball valve", code)
        elif number < 4:
            await shop.visit(user, shop.at("9:00", DAY - timedelta(days=3)), ["Product 001"], code)
            await shop.visit(user, at, ["Product 002", "Product 003"], code)
        else:
            await shop.order(user, at, 136.59, [("Product 043", 6, 14.56), ("Product 022", 1, 49.23)], code)


async def _one_send(client: httpx.AsyncClient, admin: Person) -> float:
    """Measure reports per second of one forced send of every branch, from the job's start to its end."""
    body = {"report_date": str(DAY), "force": True}
    answer = await client.post("/analytics/email/send-reports", json=body, headers=admin.headers)
    answer.raise_for_status()
    path = f"/analytics/email/jobs/{answer.json()['job_id']}"
    while True:
        job = (await client.get(path, headers=admin.headers)).json()
        if job["status"] not in ("queued", "running"):
            break
        # Polling runs in the sender's own process here, and should not be measured.
        await asyncio.sleep(0.25)
    assert job["counts"] == {"sent": BRANCHES}, job
    duration = datetime.fromisoformat(job["finished_at"]) - datetime.fromisoformat(job["started_at"])
    return BRANCHES / duration.total_seconds()


async def _mails(admin: Person, settings: Settings) -> list[bytes]:
    """Return the mails, byte for byte, from a sink that keeps them."""
    with SmtpSink() as sink:
        received = settings.model_copy(update={"default_smtp_port": sink.port})
        async with client_of(create_app(SPEC, received)) as client:
            await _one_send(client, admin)
    return [mail.content for mail in sink.mails]


async def _raw(port: int, mails: list[bytes]) -> float:
    """Measure mails per second of the bare client over as many connections."""
    waiting = iter(list(itertools.islice(itertools.cycle(mails), BRANCHES)))

    async def one_connection() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            for content in waiting:
                await client.sendmail(SENDER, ["rep@northline.example"], content, mail_options=["BODY=8BITMIME"])

    began = time.perf_counter()
    await asyncio.gather(*(one_connection() for _ in range(CONNECTIONS)))
    return BRANCHES / (time.perf_counter() - began)


@contextmanager
def _sink() -> Generator[int]:
    """Run a sink in a process of its own, so that it does not take the sender's time."""
    with subprocess.Popen([sys.executable, str(SINK)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


@contextmanager
def _nats() -> Generator[str]:
    with tempfile.TemporaryDirectory() as home:
        server = EmbeddedNats(Path(home))
        server.start()
        try:
            yield server.url
        finally:
            server.stop()
