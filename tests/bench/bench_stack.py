"""Benchmark of the whole stack: its memory when idle, its answers a second, and how soon it shows a batch of events."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

import asyncpg
import psutil
from made_company import EVENTS, ensure_months, make_company
from shop_traffic import event

from common.embedded.postgres_binaries import postgres_bin_dir
from common.settings import SERVICES, get_settings
from common.testing.company import Company
from common.testing.measure import Measure
from common.testing.stack import Stack

DAY = "2024-05-01"  # A day of the simulated history.
LIVE_DAY = "2024-04-29"  # The day of the shop's simulated events.
BATCH = 5_000
ROUNDS = 5
SECONDS = 3.0
DATABASE_CLIENTS = 8
SETTLE_SECONDS = 10.0
# The refresher pauses between refreshes of a busy tenant, and each batch should find an idle one.
REST_SECONDS = 5.0
LOAD = Path(__file__).with_name("http_load.py")


def measure() -> list[Measure]:
    """Measure idle memory first, then answers and freshness of a company with its history."""
    with Stack() as stack:
        time.sleep(SETTLE_SECONDS)
        measures = _idle_memory(stack)
        return measures + asyncio.run(_with_company(stack))


def _idle_memory(stack: Stack) -> list[Measure]:
    first = {name: stack.process_of(name) for name in (*SERVICES, "nats", "postgres")}
    parts = {name: [process, *process.children(recursive=True)] for name, process in first.items()}
    parts["launcher"] = [stack.launcher]
    measures: list[Measure] = []
    for label, held in (
        ("resident: what is shared counts in each process", _resident),
        ("proportional: what is shared counts once", _proportional),
    ):
        sizes = {name: sum(held(process) for process in processes) / 1e6 for name, processes in parts.items()}
        note = ", ".join(f"{name} {size:.0f}" for name, size in sizes.items())
        total = sum(sizes.values())
        row = Measure(f"whole stack idle, {label}", total, "MB", 1200, 800, higher_is_better=False, note=note)
        measures.append(row)
    return measures


def _resident(process: psutil.Process) -> int:
    return process.memory_info().rss


def _proportional(process: psutil.Process) -> int:
    return process.memory_full_info().pss


async def _with_company(stack: Stack) -> list[Measure]:
    writer = await asyncpg.connect(stack.superuser_dsn)
    as_service = {"role": "branchwise_analytics", "jit": "off"}
    reader = await asyncpg.connect(stack.superuser_dsn, server_settings=as_service)
    async with stack.company() as company:
        await ensure_months(writer)
        await make_company(writer, reader, company.tenant_id)
        await reader.close()
        await writer.close()
        return [*await _answers(stack, company), await _freshness(company)]


async def _answers(stack: Stack, company: Company) -> list[Measure]:
    """Measure the list of a day's orders: the cheaper the statement, the larger the services' share of an answer."""
    answer = await company.get("/analytics/tasks/purchases", start_date=DAY, end_date=DAY)
    assert len(answer["data"]) == answer["limit"] == 50
    headers = [f"{name}: {company.api.headers[name]}" for name in ("Authorization", "X-Tenant-Id")]
    path = f"/analytics/tasks/purchases?start_date={DAY}&end_date={DAY}"
    straight, through = (f"{base}{path}" for base in (stack.url_of("analytics"), stack.gateway))
    rounds = _in_turn(
        lambda: _http_rate(straight, headers),
        lambda: _http_rate(through, headers),
        lambda: _statement_rate(stack, company),
    )
    service, gateway, statement = (median(column) for column in zip(*rounds, strict=True))
    baseline, note = f"pgbench, {DATABASE_CLIENTS} clients", f"64 connections; a day of {EVENTS:,} events in 180"
    return [
        Measure(f"50-row list, {where}", rate, "answers/s", 0.12, 0.20, statement, baseline, note=note)
        for where, rate in (("straight at the service", service), ("through the gateway", gateway))
    ]


def _in_turn(*rates: Callable[[], float]) -> Iterable[list[float]]:
    return [[rate() for rate in rates] for _ in range(ROUNDS)]


def _http_rate(url: str, headers: list[str]) -> float:
    load = [sys.executable, str(LOAD), url, str(SECONDS), *headers]
    return float(subprocess.run(load, stdout=subprocess.PIPE, check=True, text=True).stdout)


def _statement_rate(stack: Stack, company: Company) -> float:
    """Measure how often a second clients of PostgreSQL run the list's prepared statement."""
    chosen = get_settings().branchwise_pg_bin
    pgbench = postgres_bin_dir(Path(chosen) if chosen else None, None) / "pgbench"
    options = f"-c role=branchwise_analytics -c jit=off -c app.tenant_id={company.tenant_id}"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        values = f"'{company.tenant_id}', '{DAY}', '{DAY}', null, null, null, 50, 0"
        script.write(f"select * from analytics.get_purchase_tasks({values});\n")
        script.flush()
        command = [str(pgbench), "--no-vacuum", "--protocol=prepared", f"--client={DATABASE_CLIENTS}"]
        command += [f"--time={SECONDS:.0f}", f"--file={script.name}", stack.superuser_dsn]
        environment = os.environ | {"PGOPTIONS": options}
        output = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
    line = next(line for line in output.splitlines() if line.startswith("tps = "))
    return float(line.split()[2])


async def _freshness(company: Company) -> Measure:
    """Measure the seconds from posting a batch until the dashboard counts it: gateway, outbox, bus and refresher."""
    seconds = [await _until_counted(company, number) for number in range(1 + ROUNDS)]
    label = f"a batch of {BATCH}: POST until the answers include it"
    note = f"a company of {EVENTS:,} events; slowest {max(seconds[1:]):.2f} s"
    return Measure(label, median(seconds[1:]), "s", 1.0, 0.3, higher_is_better=False, note=note)


async def _until_counted(company: Company, number: int) -> float:
    await asyncio.sleep(REST_SECONDS)
    events = [event(number * BATCH + place) for place in range(BATCH)]
    wanted = await _page_views(company) + sum(made["event_name"] == "page_view" for made in events)
    body, headers = json.dumps({"events": events}).encode(), {"Content-Type": "application/json"}
    began = time.perf_counter()
    (await company.api.post("/data/events", content=body, headers=headers)).raise_for_status()
    async with asyncio.timeout(60):
        while await _page_views(company) != wanted:
            await asyncio.sleep(0.02)
    return time.perf_counter() - began


async def _page_views(company: Company) -> int:
    answer = await company.get("/analytics/stats", start_date=LIVE_DAY, end_date=LIVE_DAY)
    return int(answer["current"]["page_views"])
