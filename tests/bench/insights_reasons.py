"""Benchmark of reasons: how often the first reason of a change is right, and the CPU time: `make bench-insights`.

Companies are simulated, the same for the same `--seed`, with their leads in Postgres. After four steady weeks, another
segment changes on each day of a week: a member of a dimension, or a combination of members of two dimensions, has none
of its leads, three in ten, or two and a half times as many. The first reason is right if it names exactly that segment.
"""

import os

# The CPU time of one core is measured, so this is set before numpy is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import asyncio
import tempfile
from pathlib import Path

import asyncpg
import numpy as np
from busy_time import busy_milliseconds
from rich.console import Console
from rich.table import Table

from common.testing.cluster import MigratedDatabase, postgres_cluster
from common.testing.people import add_tenant
from tests.insights_service.cubes import cubes
from tests.insights_service.made_leads import named_first


async def measure(table: Table, database: MigratedDatabase, seed: int, companies: int) -> None:
    """Measure companies with few and with many leads a day."""
    writer = await asyncpg.connect(database.superuser_dsn)
    reader = await asyncpg.connect(database.settings.dsn("insights"))
    process = await reader.fetchval("select pg_backend_pid()")
    for leads in (300, 1000, 3000):
        random = np.random.default_rng([seed, leads])
        named, before = list[bool](), busy_milliseconds(process)
        for company in cubes(random, companies, leads):
            named += await named_first(writer, reader, await add_tenant(database.superuser_dsn), random, company)
        after = busy_milliseconds(process)
        of = f"companies of {leads} leads a day"
        table.add_row(f"{of}: the first reason is right, of {len(named)}", f"{100 * np.mean(named):.0f} %", "≥ 90 %")
        if before is not None and after is not None:
            table.add_row(f"{of}: Postgres' CPU a change", f"{(after - before) / len(named):.1f} ms", "")
    await writer.close()
    await reader.close()


def main() -> None:
    """Run the measurement and print it."""
    parser = argparse.ArgumentParser(description="Measure how often the first reason of a change is right.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--companies", type=int, default=8, help="companies of each size")
    arguments = parser.parse_args()
    table = Table(title=f"Reasons, seed {arguments.seed}")
    for column in ("what", "figure", "asked"):
        table.add_column(column, justify="left" if column == "what" else "right")
    with postgres_cluster() as cluster, tempfile.TemporaryDirectory() as home, cluster.database(Path(home)) as database:
        asyncio.run(measure(table, database, arguments.seed, arguments.companies))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
