"""Benchmark of sign-ins: how two hundred concurrent ones slow other calls down."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from statistics import median, quantiles

import asyncpg

from common.testing.company import Company
from common.testing.measure import Measure
from common.testing.stack import Stack
from services.auth_service.domain.passwords import hash_of

CONNECTIONS = 200
PACE = 25.0
SECONDS = 10.0
# An odd number, for the median, and a large one, because a busy host sometimes stalls the machine for tens of
# milliseconds.
ROUNDS = 7
PASSWORD = "of everybody in this bench"
FOLDER = Path(__file__).parent


def measure() -> list[Measure]:
    """Measure the 99th percentile of other calls during the sign-ins, relative to that without sign-ins."""
    with Stack() as stack:
        return asyncio.run(_with_people(stack))


async def _with_people(stack: Stack) -> list[Measure]:
    emails = [f"person-{number}@somewhere.example" for number in range(CONNECTIONS)]
    await _add_people(stack, emails)
    async with stack.company() as company:
        return _measured(stack, company, emails)


async def _add_people(stack: Stack, emails: list[str]) -> None:
    rows = await asyncpg.connect(stack.superuser_dsn)
    await rows.execute("insert into auth.account (email) select unnest($1::text[])", emails)
    await rows.execute(
        "insert into auth.credential (account_id, password_hash)"
        " select account_id, $2 from auth.account where email = any($1)",
        emails,
        await hash_of(PASSWORD),
    )
    await rows.close()


def _measured(stack: Stack, company: Company, emails: list[str]) -> list[Measure]:
    paths = {"auth": "/auth/me", "analytics": "/analytics/locations"}
    urls = {f"{name}, straight": stack.url_of(name) + path for name, path in paths.items()}
    urls |= {f"{name}, through the gateway": stack.gateway + path for name, path in paths.items()}
    headers = [f"{name}: {company.api.headers[name]}" for name in ("Authorization", "X-Tenant-Id")]
    rounds = [(_p99s(urls, headers), *_beside_sign_ins(stack, urls, headers, emails)) for _ in range(ROUNDS)]
    sign_ins = median(count for _, _, count in rounds) / SECONDS
    note = f"{CONNECTIONS} sign-ins at a time, {sign_ins:.0f} a second; {PACE:.0f} calls a second of each kind"
    return [
        Measure(
            f"p99 of {name}, beside sign-ins",
            median(busy[name] for _, busy, _ in rounds) * 1000,
            "ms",
            2.0,
            1.5,
            median(idle[name] for idle, _, _ in rounds) * 1000,
            "without",
            higher_is_better=False,
            note=note,
        )
        for name in urls
    ]


def _beside_sign_ins(
    stack: Stack, urls: dict[str, str], headers: list[str], emails: list[str]
) -> tuple[dict[str, float], int]:
    place = f"{stack.gateway}/auth/password/login"
    load = [sys.executable, str(FOLDER / "login_load.py"), place, str(SECONDS), str(CONNECTIONS), PASSWORD, *emails]
    with subprocess.Popen(load, stdout=subprocess.PIPE, text=True) as signing_in:
        found = _p99s(urls, headers)
        output, _ = signing_in.communicate()
    assert signing_in.returncode == 0
    return found, int(output)


def _p99s(urls: dict[str, str], headers: list[str]) -> dict[str, float]:
    command = [sys.executable, str(FOLDER / "paced_calls.py"), str(SECONDS), str(PACE), *urls.values(), "--", *headers]
    output = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    seconds_by_url = json.loads(output)
    return {name: quantiles(seconds_by_url[url], n=100)[98] for name, url in urls.items()}
