"""`branchwise rules`: the operator's own rules of platforms and channels, beside those that are shipped."""

import asyncio
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from branchwise.commands.rules import app
from common.testing.cluster import MigratedDatabase

REFUSED = [
    ("add", "platform-source", "zalo", "Zalo Ads"),
    ("add", "platform-source", " ", "zalo"),
    ("add", "platform-source", "zalo", "zalo", "--medium", "cpc"),
    ("add", "paid-medium", "cpz", "yes"),
    ("add", "channel-source", "forum.example", "friends"),
    ("add", "channel-rule", "first", "display"),
    ("add", "channel-rule", "50", "display", "--source", "("),
    ("add", "nothing", "a", "b"),
    ("remove", "platform-source", "nobody"),
]


@pytest.fixture
def run(database: MigratedDatabase, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings = database.settings
    for name in ("postgres_host", "postgres_port", "postgres_user", "postgres_database"):
        monkeypatch.setenv(name.upper(), str(getattr(settings, name)))
    monkeypatch.setenv("POSTGRES_PASSWORD", settings.postgres_password.get_secret_value())

    async def command(*arguments: str) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, app, [*arguments, "--home", str(settings.home)])

    return command


async def test_an_operator_adds_and_removes_rules_and_shipped_ones_stay(database: MigratedDatabase, run: Any) -> None:
    connection = await asyncpg.connect(database.settings.dsn("analytics"))

    async def judged() -> tuple[Any, ...]:
        return tuple(
            await connection.fetchrow(
                "select analytics.platform_of('', false, false, 'zalo_ads', ''),"
                " analytics.platform_of('', false, false, 'fb', ''),"
                " analytics.channel_of('our-forum.example', 'link', null),"
                " analytics.channel_of('chatgpt.com', null, null),"
                " exists (select from analytics.paid_medium where medium = 'cpz'), analytics.marketing_rules()"
            )
            or ()
        )

    try:
        before = await judged()
        assert before[:5] == ("zalo_ads", "meta", "referral", "unassigned", False)
        added = [
            ("platform-source", "Zalo_Ads", "zalo"),
            ("platform-source", "fb", "forum"),
            ("channel-source", "our-forum.example", "social"),
            ("channel-rule", "50", "assistants", "--source", "^chatgpt"),
            ("paid-medium", "cpz"),
        ]
        for rule in added:
            done = await run("add", *rule)
            assert done.exit_code == 0, done.output
        now = await judged()
        assert now[:5] == ("zalo", "forum", "organic-social", "assistants", True)
        assert now[5] != before[5]
        assert "fb platform=forum (own)\n" in (await run("list", "platform-source")).output
        assert "50 channel=assistants source_pattern=^chatgpt (own)\n" in (await run("list", "channel-rule")).output
        for words in REFUSED:
            assert (await run(*words)).exit_code != 0, words
        assert await judged() == now

        for kind, name, *_ in added:
            assert (await run("remove", kind, name)).exit_code == 0
        assert (await run("remove", "paid-medium", "cpc")).exit_code == 0
        assert await judged() == before
    finally:
        await connection.close()
