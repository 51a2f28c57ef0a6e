"""Days that a file restates, and the time until the dashboard shows it: gateway, outbox, bus and refresher."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from statistics import median
from typing import Any

import httpx
from made_history import CAMPAIGNS, DAYS, LAST, SIZE
from made_stack import MadeStack, owner_of

from common.testing.measure import Measure

TRIES = {"tiny": 2, "small": 5, "full": 15}[SIZE]
_PLATFORMS = ("google", "meta", "tiktok", "shopee", "lazada", "newsletter")
_NAMES = ("brand", "spring", "retargeting")
_LEADS = 100
# The refresher pauses between refreshes of a busy company, and each restatement should find an idle one.
_REST_SECONDS = 4.0
_LOOK_SECONDS = 0.02
_KPI = "/api/analytics/dashboard/v5/kpi"


async def restatements(made: MadeStack) -> list[Measure]:
    """Measure restatements of ads and of leads, in the largest company."""
    headers = await owner_of(made, made.tenants[0])
    chance = random.Random(13)
    async with httpx.AsyncClient(base_url=made.stack.gateway, timeout=60, headers=headers) as api:

        async def ads(day: date) -> None:
            await restate_ads(api, headers, day, CAMPAIGNS, chance.randrange(1, 300))

        async def leads(day: date) -> None:
            await _more_leads(api, day, chance.randrange(10**9))

        return [
            await _until_shown(api, chance, "ads", ads, "spend"),
            await _until_shown(api, chance, "leads", leads, "leads"),
        ]


async def _until_shown(
    api: httpx.AsyncClient,
    chance: random.Random,
    label: str,
    restate: Callable[[date], Coroutine[Any, Any, None]],
    figure: str,
) -> Measure:
    seconds: list[float] = []
    for _ in range(1 + TRIES):
        await asyncio.sleep(_REST_SECONDS)
        day = LAST - timedelta(days=chance.randrange(DAYS - 1))
        before, began = await _figure(api, day, figure), time.perf_counter()
        # The figure is read meanwhile, as dashboards are, so that the old answer is cached when the day changes.
        async with asyncio.timeout(60):
            telling = asyncio.create_task(restate(day))
            while await _figure(api, day, figure) == before:
                await asyncio.sleep(_LOOK_SECONDS)
        seconds.append(time.perf_counter() - began)
        await telling
    worst = max(seconds[1:])
    note = f"from the upload's beginning; median {median(seconds[1:]):.2f} s of {TRIES}, in a company with three years"
    return Measure(
        f"a restated day of {label}, until it is answered: slowest", worst, "s", 2, 1, higher_is_better=False, note=note
    )


async def _figure(api: httpx.AsyncClient, day: date, name: str) -> Any:
    parameters = {"date_from": day.isoformat(), "date_to": day.isoformat()}
    return (await api.get(_KPI, params=parameters)).raise_for_status().json()[name]


async def restate_ads(api: httpx.AsyncClient, headers: dict[str, str], day: date, campaigns: int, spend: int) -> None:
    """Upload the figures of a company's campaigns on a day, with another spend."""
    lines = ["date,platform,campaign_id,campaign_name,impressions,clicks,spend"]
    lines += [
        f"{day},{_PLATFORMS[n % 6]},c{n},Campaign {n} {_NAMES[n % 3]},{1000 + n},{n},{spend + n / 100:.2f}"
        for n in range(1, campaigns + 1)
    ]
    await _upload(api, headers, "campaign-performance", lines)


async def _more_leads(api: httpx.AsyncClient, day: date, first: int) -> None:
    lines = ["lead_id,created_at,utm_source,utm_medium,utm_campaign,product_id,location_id"]
    lines += [
        f"N{first + n},{day}T12:{n % 60:02}:00Z,google,cpc,Campaign {1 + n % 9} brand,P{n % 60},L{1 + n % 40:02}"
        for n in range(_LEADS)
    ]
    await _upload(api, {}, "leads", lines)


async def _upload(api: httpx.AsyncClient, headers: dict[str, str], kind: str, lines: list[str]) -> None:
    content = ("\n".join(lines) + "\n").encode()
    answer = await api.post(f"/data/import/{kind}", files={"file": (f"{kind}.csv", content)}, headers=headers)
    answer.raise_for_status()
