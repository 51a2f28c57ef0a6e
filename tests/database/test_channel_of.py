"""Which channel a source, medium and campaign are, as Google documents GA4's default channel groups."""

import csv
from collections.abc import AsyncGenerator
from pathlib import Path

import asyncpg
import pytest

from common.db import Connection
from common.testing.cluster import MigratedDatabase
from database.sql_files import reapplied_files, run_file

LISTED = Path(__file__).parents[3] / "shared/data/ga4_export/dbt_ga4_velir/ga4_source_categories.csv"
NOT_SET = "(not set)"
CASES = [
    # nothing known of a visit, however it is written
    ("direct", None, None, None),
    ("direct", "", " ", ""),
    ("direct", "(direct)", "(none)", None),
    ("direct", "(direct)", NOT_SET, NOT_SET),
    ("direct", "(Direct)", None, "(direct)"),
    ("direct", None, "(none)", NOT_SET),
    ("unassigned", NOT_SET, NOT_SET, None),
    ("unassigned", None, None, "summer"),
    ("unassigned", "something", "unknown", "whatever"),
    ("cross-network", "google", "cpc", "PMax cross-network 7"),
    ("cross-network", None, None, "cross-network"),
    ("direct", "(direct)", "(none)", "cross-network"),
    ("paid-shopping", "alibaba", "cpc", None),
    ("paid-shopping", "google", "cpc", "Shopping | DE"),
    ("paid-shopping", "partner", "paid", "my shop"),
    ("paid-search", "google", "cpc", "workshop"),
    ("paid-search", "Google", "CPC", NOT_SET),
    ("paid-search", "bing", "ppc", "brand"),
    ("paid-search", "yahoo", "retargeting", None),
    ("paid-social", "facebook", "paid_social", None),
    ("paid-social", "instagram.com", "cpm", None),
    ("paid-social", "43things.com", "ppc", None),
    ("paid-video", "youtube", "cpv", "cp"),
    ("paid-video", "vimeo.com", "paid", None),
    ("display", "partner", "display", None),
    ("display", "partner", "cpm", None),
    ("display", "partner", "Banner", None),
    ("display", "google", "interstitial", None),
    ("paid-other", "partner", "cpa-cpc", None),
    ("paid-other", "(direct)", "paid", None),
    ("organic-shopping", "alibaba", None, None),
    ("organic-shopping", "google shopping", "organic", None),
    ("organic-shopping", "partner", "referral", "shop"),
    ("organic-social", "t.co", "referral", None),
    ("organic-social", "partner", "social-network", None),
    ("organic-social", "partner", "social media", None),
    ("organic-social", "partner", "sm", None),
    ("organic-video", "vimeo", "video", None),
    ("organic-video", "partner", "my-video-ad", None),
    ("organic-video", "youtube.com", "referral", None),
    ("organic-search", "cn.bing.com", None, None),
    ("organic-search", "bing", "organic", None),
    ("organic-search", "anything", "organic", None),
    ("organic-search", "google", "referral", None),
    ("email", "email", "foo", None),
    ("email", "foo", "e_mail", None),
    ("email", "E mail", None, None),
    ("email", None, "email", "newsletter"),
    ("unassigned", "newsletter-email", "blast", None),
    ("affiliates", "partner", "affiliate", None),
    ("referral", "partner", "referral", None),
    ("referral", "partner", "app", None),
    ("referral", "partner", "link", None),
    ("unassigned", "partner", "links", None),
    ("audio", "podcast", "audio", None),
    ("sms", "sms", "text", None),
    ("sms", "partner", "sms", None),
    ("mobile-push-notifications", "partner", "webpush", None),
    ("mobile-push-notifications", "partner", "mobile-app", None),
    ("mobile-push-notifications", "partner", "in-app notification", None),
    ("mobile-push-notifications", "firebase", None, None),
]


@pytest.fixture
async def superuser(database: MigratedDatabase) -> AsyncGenerator[Connection]:
    connection = await asyncpg.connect(database.superuser_dsn)
    yield connection
    await connection.close()


@pytest.fixture
async def analytics(database: MigratedDatabase) -> AsyncGenerator[Connection]:
    connection = await asyncpg.connect(database.settings.dsn("analytics"))
    yield connection
    await connection.close()


async def test_every_documented_case_is_put_into_its_channel(analytics: Connection) -> None:
    rows = await analytics.fetch(
        "select c.*, analytics.channel_of(c.source, c.medium, c.campaign) as found"
        " from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as c (wanted, source, medium, campaign)",
        *([case[at] for case in CASES] for at in range(4)),
    )
    assert [tuple(row) for row in rows if row["found"] != row["wanted"]] == []
    assert len(rows) == len(CASES)


@pytest.mark.skipif(not LISTED.exists(), reason="../shared/data is not here")
async def test_every_source_that_google_lists_has_its_category(analytics: Connection) -> None:
    with LISTED.open(encoding="utf-8") as file:
        listed = {
            row["source"].lower(): row["source_category"].removeprefix("SOURCE_CATEGORY_").lower()
            for row in csv.DictReader(file)
        }
    assert dict(await analytics.fetch("select source, category from analytics.channel_source")) == listed


async def test_an_upgrade_brings_the_shipped_rules_and_leaves_the_operators_own(superuser: Connection) -> None:
    await superuser.execute("set role branchwise_owner")  # as the operator comes
    await superuser.execute("""
        insert into analytics.channel_rule (position, channel, source_pattern) values (50, 'assistants', '^chatgpt');
        insert into analytics.channel_source (source, category) values ('our-forum.example', 'social');
        update analytics.channel_source set category = null, is_own = true where source = 'cnn';
        update analytics.channel_source set category = 'video' where source = 'bing';
        insert into analytics.channel_source (source, category, is_own) values ('shipped-once', 'video', false);
        delete from analytics.channel_source where source = 'google';
        update analytics.channel_rule set medium_pattern = 'nothing' where position = 500;
        delete from analytics.channel_rule where position = 2300;
    """)
    for file in reapplied_files():
        if file.name.startswith("database/reference/"):
            await run_file(superuser, file)
    asked = [
        ("chatgpt.com", "referral", "assistants"),
        ("our-forum.example", None, "organic-social"),
        ("cnn", "unheard of", "unassigned"),
        ("bing", "cpc", "paid-search"),
        ("shipped-once", None, "unassigned"),
        ("google", "cpc", "paid-search"),
        ("sms", None, "sms"),
    ]
    for source, medium, channel in asked:
        found = await superuser.fetchval("select analytics.channel_of($1, $2, null)", source, medium)
        assert (source, found) == (source, channel)


async def test_a_pattern_that_is_none_is_refused_and_stops_no_refresh(superuser: Connection) -> None:
    for column in ("source_pattern", "medium_pattern", "campaign_pattern"):
        with pytest.raises(asyncpg.InvalidRegularExpressionError):
            await superuser.execute(
                f"insert into analytics.channel_rule (position, channel, {column}) values (60, 'broken', 'a(b')"
            )


async def test_the_service_reads_the_rules_and_does_not_write_them(analytics: Connection) -> None:
    assert await analytics.fetchval("select exists (select from analytics.channel_rule)")
    for statement in (
        "update analytics.channel_rule set channel = channel",
        "insert into analytics.channel_source (source) values ('x')",
        "delete from analytics.channel_source",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await analytics.execute(statement)
