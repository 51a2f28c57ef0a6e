"""Signing in with the lying provider, and what became of it."""

import asyncpg
import httpx

from tests.auth_service.openid.browser import Browser
from tests.auth_service.openid.lying_provider import LyingProvider


async def sign_in(browser: Browser, liar: LyingProvider, **query: str) -> httpx.Response:
    """Begin, let the provider make a code, end."""
    begun = await browser.begin(**query)
    return await browser.end(liar.code_for(begun["login_url"]), begun["state"])


async def fetch(dsn: str, statement: str, *values: object) -> list[asyncpg.Record]:
    """Rows of the test's database, past every policy."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(statement, *values)
    finally:
        await connection.close()


def problem_of(answer: httpx.Response) -> dict[str, object]:
    """A refusal, without what differs from request to request."""
    body = answer.json()
    body.pop("request_id")
    return {"status_code": answer.status_code, **body}
