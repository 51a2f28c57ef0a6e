"""Benchmark of a thousand users at their dashboards, through the gateway, while days are restated.

Users have five seconds' think time. Companies and ranges of days are drawn with Zipf weights, from more questions than
the cache can hold, and counting begins when the cache is full. Days are restated as often as the companies' sources are
read. The companies are those of made_history.py (BENCH_SIZE=full).
"""

import asyncio
import json
import random
import sys
import tempfile
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from made_history import COMPANIES, DAYS, LAST, SIZE
from made_stack import MadeStack, made_stack, owner_of, signed_in, zipf_weights
from restated_days import restate_ads, restatements

from common.testing.measure import Measure
from services.analytics_service.api.cached import QUALITY

USERS, THINK_SECONDS = 1_000, 5.0
SECONDS, WARM_UP_SECONDS = {"tiny": (10.0, 10.0), "small": (30.0, 150.0), "full": (120.0, 600.0)}[SIZE]
CACHE_MEGABYTES = 64 if SIZE == "full" else 8
RANGES, _TODAYS_RANK = 40, 3
# Each company has three sources that are read every quarter of an hour, and each time one day has changed.
_RESTATED_EVERY = 15 * 60 / (3 * COMPANIES)
_KEPT = (
    "dashboard/v5/kpi",
    "dashboard/v5/trend/leads",
    "dashboard/v5/trend/spend",
    "sales/v5/campaigns",
    "sales/v5/share/platforms",
    "sales/v5/utm-sources",
    "sales/v6/reco/budget",
    "sales/v6/leads/paid-split/platforms",
    "campaigns/v5/campaigns/wow",
    "campaigns/v5/campaigns/scatter-matrix",
    "campaigns/v5/campaigns/anomalies",
    "campaigns/v7/insights/campaign-performance",
    "campaigns/v7/metrics/trend",
)
_MARKETING_DAYS: Final = "date_from={first}&date_to={last}"
# One call in eight is computed each time.
_COMPUTED = (
    f"/api/analytics/dashboard/{{tenant}}?{_MARKETING_DAYS}",
    f"/api/analytics/channel/paid-search?{_MARKETING_DAYS}",
    f"/api/analytics/products?{_MARKETING_DAYS}",
    f"/api/analytics/branches?{_MARKETING_DAYS}",
    "/analytics/tasks/purchases",
    "/analytics/tasks/cart-abandonment",
    "/analytics/search?q=buyer1",
    "/api/goals/{tenant}",
)
CALLS = (
    *(f"/api/analytics/{call}?{_MARKETING_DAYS}" for call in _KEPT),
    "/analytics/stats?start_date={first}&end_date={last}",
    *_COMPUTED,
)
_COUNTERS = ("answer_cache_hits_total", "answer_cache_misses_total", 'answer_cache_drops_total{why="room"}')


def measure() -> list[Measure]:
    """Measure percentiles of the answers, the hit rate of the cache, and the seconds until a restated day is shown."""
    with made_stack(ANSWER_CACHE_MB=str(CACHE_MEGABYTES), REQUESTS_PER_SECOND="1000000") as made:
        rows = asyncio.run(_users(made))
        return rows + asyncio.run(restatements(made))


async def _users(made: MadeStack) -> list[Measure]:
    people = await signed_in(made, USERS)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(_plan(made, people), file)
        file.flush()
        command = [sys.executable, str(Path(__file__).with_name("thinking_users.py")), file.name]
        running = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        restating = asyncio.create_task(_restate_now_and_then(made))
        # The users connect one after the other first.
        await asyncio.sleep(WARM_UP_SECONDS + 3)
        before, at_work, began = await _counted(made), made.process_seconds(), time.monotonic()
        output, _ = await running.communicate()
        after, elapsed = await _counted(made), time.monotonic() - began
        spent = {name: seconds - at_work[name] for name, seconds in made.process_seconds().items()}
        restated = await _ended(restating)
    found = json.loads(output)
    assert running.returncode == 0
    return _rows(found, [late - early for early, late in zip(before, after, strict=True)], spent, elapsed, restated)


def _plan(made: MadeStack, people: list[tuple[UUID, dict[str, str]]]) -> dict[str, Any]:
    place = urlsplit(made.stack.gateway)
    call_weights = [1.0] * (len(CALLS) - len(_COMPUTED)) + [2 / len(_COMPUTED)] * len(_COMPUTED)
    return {
        "host": place.hostname,
        "port": place.port,
        "seed": 11,
        "seconds": SECONDS,
        "warm_up_seconds": WARM_UP_SECONDS,
        "think_seconds": THINK_SECONDS,
        "calls": CALLS,
        "call_weights": [sum(call_weights[: place + 1]) for place in range(len(call_weights))],
        "ranges": _ranges(),
        "range_weights": zipf_weights(RANGES),
        "users": [
            (
                str(tenant),
                "\r\n".join([f"Host: {place.netloc}", *(f"{name}: {value}" for name, value in headers.items())]),
            )
            for tenant, headers in people
        ],
    }


def _ranges() -> list[dict[str, str]]:
    """Return ranges in the order of their frequency; every tenth ends today, the others earlier; some are long."""
    chance, made = random.Random(3), []
    for number in range(RANGES):
        end = (
            LAST + timedelta(days=1)
            if number % 10 == _TODAYS_RANK
            else LAST - timedelta(days=chance.choice([0, 0, 1, 7]))
        )
        length = DAYS - 40 if number % 8 == 7 else 7 * number + 6
        made.append({"first": (end - timedelta(days=length)).isoformat(), "last": end.isoformat()})
    return made


async def _restate_now_and_then(made: MadeStack) -> int:
    """Restate a day of some company every few seconds until cancelled, and return how often."""
    chance, times = random.Random(9), 0
    owners = {tenant_id: await owner_of(made, tenant_id) for tenant_id in made.tenants}
    async with httpx.AsyncClient(base_url=made.stack.gateway, timeout=60) as api:
        try:
            while True:
                tenant_id = chance.choice(list(owners))
                day = LAST - timedelta(days=chance.randrange(28))
                # An overloaded system may refuse an upload.
                with suppress(httpx.HTTPError):
                    await restate_ads(api, owners[tenant_id], day, 8, chance.randrange(1, 300))
                    times += 1
                await asyncio.sleep(_RESTATED_EVERY)
        except asyncio.CancelledError:
            return times


async def _ended(restating: asyncio.Task[int]) -> int:
    restating.cancel()
    return await restating


async def _counted(made: MadeStack) -> list[float]:
    """Return the numbers of answers from the cache, computed, and evicted, as the service itself counts them.

    Entries about the quality of figures, which are cached beside answers, are not counted.
    """
    async with httpx.AsyncClient(timeout=60) as client:
        lines = (await client.get(f"{made.stack.url_of('analytics')}/metrics")).raise_for_status().text.splitlines()
    counted = [line for line in lines if f'call="{QUALITY}"' not in line]
    return [sum(float(line.rsplit(" ", 1)[1]) for line in counted if line.startswith(name)) for name in _COUNTERS]


def _rows(
    found: dict[str, Any], counted: list[float], spent: dict[str, float], elapsed: float, restated: int
) -> list[Measure]:
    milliseconds, (hits, misses, no_room) = found["took"], counted
    p50, p95, p99 = median(milliseconds), quantiles(milliseconds, n=20)[-1], quantiles(milliseconds, n=100)[-1]
    failed = sum(found["failed"].values()) + found["broken"]
    shares = ", ".join(f"{name} {seconds / elapsed:.0%}" for name, seconds in spent.items() if seconds / elapsed > 0.01)
    note = (
        f"p50 {p50:.1f}, p99 {p99:.1f} ms; {len(milliseconds) / SECONDS:.0f} answers/s of {COMPANIES} companies,"
        f" {failed} failed {found['failed'] or ''}; {restated} days restated; of a core: users"
        f" {found['at_work'] / SECONDS:.0%}, {shares}"
    )
    possible = COMPANIES * RANGES * (len(_KEPT) + 1)
    kept_note = f"{possible:,} questions that can be kept, in {CACHE_MEGABYTES} MB; {no_room:.0f} made room meanwhile"
    return [
        Measure(
            f"{USERS:,} users, {THINK_SECONDS:.0f} s think time, p95",
            p95,
            "ms",
            200,
            100,
            higher_is_better=False,
            note=note,
        ),
        Measure("their answers that failed", 100 * failed / len(milliseconds), "%", 0, 0, higher_is_better=False),
        Measure("their answers that were kept", 100 * hits / (hits + misses), "%", 85, 90, note=kept_note),
    ]
