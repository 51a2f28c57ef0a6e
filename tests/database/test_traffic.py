"""Where sessions came from, and visits counted by hour, day, month and channel."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from common.db.jsonb import to_jsonb
from common.testing.cluster import MigratedDatabase
from services.analytics_service.store.dirty_keys import mark_channel_days
from tests.analytics_service.histories import Histories
from tests.analytics_service.reference import Company, Reference, Row
from tests.analytics_service.stored import Stored, as_analytics, refresh, stored_tenant
from tests.analytics_service.traffic import traffic_agrees
from tests.database.test_functions_equal_the_reference import all_summaries, change_something

PAGE = "https://shop.example/a"
REFERRED = {"params": {"page_referrer": "https://www.partner.example/x"}}
LAST_CLICK = "session_traffic_source_last_click"
COLLECTED = "collected_traffic_source"
# What a row holds beside its columns, its page, and what it says of its visit.
SAID: list[tuple[Any, str | None, list[str | None] | None]] = [
    (None, None, None),
    ({"params": {"engagement_time_msec": 1}}, PAGE, None),
    # GA4's word on the session stands above all else, also that it came directly
    (
        {LAST_CLICK: {"cross_channel_campaign": {"source": "bing", "medium": "cpc", "campaign_name": "B"}}},
        f"{PAGE}?gclid=1",
        ["bing", "cpc", "B"],
    ),
    ({LAST_CLICK: {"google_ads_campaign": {"customer_id": "1", "campaign_name": "G"}}}, PAGE, ["google", "cpc", "G"]),
    ({LAST_CLICK: {"manual_campaign": {"source": "m", "campaign_name": None}}}, PAGE, ["m", None, None]),
    (
        {LAST_CLICK: {"manual_campaign": {"source": "(direct)", "medium": "(none)"}}, **REFERRED},
        PAGE,
        [None, None, None],
    ),
    ({LAST_CLICK: {"manual_campaign": {"source": None}}, **REFERRED}, PAGE, ["partner.example", "referral", None]),
    # a click id, wherever it stands
    ({COLLECTED: {"gclid": "x", "manual_source": "y", "manual_campaign_name": "C"}}, None, ["google", "cpc", "C"]),
    ({"params": {"gclid": "x", "source": "google", "medium": "organic"}}, None, ["google", "cpc", None]),
    ({"params": {"wbraid": "x", "campaign": "(not set)"}}, None, ["google", "cpc", None]),
    (None, f"{PAGE}?a=b&gbraid=1#top", ["google", "cpc", None]),
    (None, f"{PAGE}?utm_source=news&utm_campaign=Sommer%20%C3%BC&gclid=1", ["google", "cpc", "Sommer ü"]),
    (None, f"{PAGE}?gclid=&x=1", None),
    # then what was collected, the params, the page, another site
    (
        {COLLECTED: {"manual_source": "s", "manual_medium": "email"}, "params": {"source": "p"}},
        f"{PAGE}?utm_source=u",
        ["s", "email", None],
    ),
    (
        {COLLECTED: {"manual_source": None}, "params": {"source": "p", "medium": "q", "campaign": 7}},
        PAGE,
        ["p", "q", "7"],
    ),
    ({"params": {"source": "(direct)", "medium": "(none)"}}, f"{PAGE}?utm_source=u&utm_medium=x+y", ["u", "x y", None]),
    ({"params": {"medium": "email"}}, None, [None, "email", None]),
    (REFERRED, f"{PAGE}?utm_campaign=only", [None, None, "only"]),
    (None, f"{PAGE}?my_utm_source=u", None),
    (None, f"{PAGE}?utm_source=%FF%00&utm_medium=%zz", ["%FF%00", "%zz", None]),
    (None, f"{PAGE}#utm_source=hash", ["hash", None, None]),
    (REFERRED, None, ["partner.example", "referral", None]),
    ({"page_referrer": "https://WWW.Partner.example:8443?x"}, PAGE, ["partner.example", "referral", None]),
    ({"params": {"page_referrer": "android-app://com.mail"}}, PAGE, ["com.mail", "referral", None]),
    ({"params": {"page_referrer": "https://pay.shop.example/"}}, PAGE, None),
    ({"params": {"page_referrer": "https://shop.example/"}}, "https://www.shop.example/", None),
    ({"params": {"page_referrer": "https://notshop.example/"}}, PAGE, ["notshop.example", "referral", None]),
    ({"params": {"page_referrer": "https://pay.example/", "ignore_referrer": "true"}}, PAGE, None),
    ({"params": {"page_referrer": "nonsense"}}, PAGE, None),
    ({COLLECTED: "text", LAST_CLICK: [1], "params": {"page_referrer": {"a": 1}}}, "", None),
]
START = datetime(2024, 5, 6, 12, tzinfo=UTC)
HOURS = [
    ("Europe/Berlin", date(2024, 3, 31), 23),
    ("Europe/Berlin", date(2024, 10, 27), 25),
    ("Asia/Kolkata", date(2024, 5, 6), 24),
    ("America/Havana", date(2024, 11, 3), 25),  # where clocks come back to midnight
    ("Africa/Cairo", date(2024, 4, 26), 23),  # where midnight is left out
]


def visit(at: datetime, session: str, origin: str = "", kind: str = "page_view", **more: Any) -> Row:
    return Row(kind, at, uuid4(), "d1", session_id=session, origin=origin, **more)


async def test_a_row_says_where_its_visit_came_from(database: MigratedDatabase) -> None:
    async with stored_tenant(database) as stored:
        rows = await stored.writer.fetch(
            "select analytics.attribution_of(s.extra, s.page), analytics.may_tell(s.extra, s.page)"
            " from unnest($1::jsonb[], $2::text[]) as s (extra, page)",
            [None if extra is None else to_jsonb(extra) for extra, _, _ in SAID],
            [page for _, page, _ in SAID],
        )
    said = [(row[0], row[1]) for row in rows]
    assert [row[0] for row in said] == [wanted for _, _, wanted in SAID]
    assert all(row[1] for row in said if row[0] is not None)
    assert not any(row[1] for row in said[:2])


async def test_a_session_has_the_channel_of_its_first_row_that_says_one(database: MigratedDatabase) -> None:
    at = [START + timedelta(minutes=minute) for minute in range(9)]
    sessions = {
        "plain": (["", "own page"], "direct"),
        "later": (["own page", "", "facebook", "ad"], "paid-social"),
        "first": (["mail", "ad"], "email"),
        "known": (["first came by bing", "mail"], "email"),
        "unknown": (["first came by bing", ""], "organic-search"),
        "direct": (["known to come directly", "mail"], "direct"),
    }
    rows = [
        visit(at[n], session, origin) for session, (origins, _) in sessions.items() for n, origin in enumerate(origins)
    ]
    by_api = [visit(at[0], "api"), visit(at[0], "tagged", "mail")]
    async with stored_tenant(database) as stored:
        await stored.settings(Company([], ZoneInfo("UTC"), "USD"))
        await stored.add([*rows, *by_api])
        await stored.writer.execute("update data.page_view set road = 2 where session_id in ('api', 'tagged')")
        await stored.mark([*rows, *by_api])
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
            found = dict(await connection.fetch("select session_id, channel from analytics.session"))
            assert found == {
                **{session: channel for session, (_, channel) in sessions.items()},
                "api": "unassigned",
                "tagged": "email",
            }
        # An earlier row comes, and one that said something goes.
        earlier = visit(START - timedelta(minutes=1), "plain", "search")
        await stored.add([earlier])
        gone = next(row for row in rows if row.session_id == "first")
        await stored.remove([gone])
        await stored.mark([earlier, gone])
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
            found = dict(await connection.fetch("select session_id, channel from analytics.session"))
            assert (found["plain"], found["first"]) == ("organic-search", "paid-search")


@pytest.mark.parametrize("seed", [400, 401])
async def test_traffic_equals_a_full_count_with_a_vendors_days_and_other_rules(
    database: MigratedDatabase, seed: int
) -> None:
    histories = Histories(seed)
    first = histories.begin.date()
    told: dict[date, dict[str, int]] = {}
    async with stored_tenant(database) as stored:
        await stored.settings(histories.company)
        await stored.homes(histories.company)
        rows = histories.rows(60)
        await stored.add(rows)
        await stored.mark(rows)
        for step in range(5):
            await change_something(histories, stored)
            day = first + timedelta(days=histories.random.randrange(20))
            told[day] = {"direct": histories.random.randrange(1, 9), "email": 1} if step % 3 < 2 else {}
            await tell_of_channels(stored, day, told[day])
            async with as_analytics(database, stored.tenant_id) as connection:
                await refresh(connection, stored.tenant_id)
                await traffic_agrees(connection, stored.tenant_id, Reference(histories.company), told)
        await stored.writer.execute(
            "insert into analytics.channel_rule (position, channel, source_pattern) values (50, 'letters', '^news')"
        )
        async with as_analytics(database, stored.tenant_id) as connection:
            before = await all_summaries(connection)
            await refresh(connection, stored.tenant_id)
            by_other_rules = await all_summaries(connection)
            assert {table for table in before if before[table] != by_other_rules[table]} <= {
                *("session", "traffic_hour", "traffic_day", "traffic_month")
            }
            assert any("letters" in row for row in by_other_rules["traffic_day"])
            read = "select staged_rows from analytics.rollup_state where tenant_id = $1"
            rows_read = await connection.fetchval(read, stored.tenant_id)
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id, rebuild=True)
            assert await all_summaries(connection) == by_other_rules
            assert await connection.fetchval(f"{read} and staged_rows > {rows_read}", stored.tenant_id)


async def tell_of_channels(stored: Stored, day: date, sessions: dict[str, int]) -> None:
    """Have a vendor tell a day's sessions by channel, and the summaries know that it did."""
    await stored.writer.execute("delete from data.channel_day where tenant_id = $1 and day = $2", stored.tenant_id, day)
    await stored.writer.executemany(
        "insert into data.channel_day (tenant_id, property_id, day, channel, sessions, engaged_sessions, key_events,"
        " revenue, source_id) values ($1, '1', $2, $3, $4, 0, 0, 0, $1)",
        [(stored.tenant_id, day, channel, count) for channel, count in sessions.items()],
    )
    await mark_channel_days(stored.writer, stored.tenant_id, uuid4(), [str(day)])


async def test_a_day_has_as_many_hours_as_its_clocks_show(database: MigratedDatabase) -> None:
    for zone, day, hours in HOURS:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        rows = [visit(noon + timedelta(hours=hour, minutes=5), f"s{hour}") for hour in range(-30, 31)]
        company = Company(rows, ZoneInfo(zone), "USD")
        async with stored_tenant(database) as stored:
            await stored.settings(company)
            await stored.add(rows)
            await stored.mark(rows)
            async with as_analytics(database, stored.tenant_id) as connection:
                await refresh(connection, stored.tenant_id)
                await traffic_agrees(connection, stored.tenant_id, Reference(company))
                counted = "select sessions from analytics.traffic_day where tenant_id = $1 and day = $2"
                assert await connection.fetchval(counted, stored.tenant_id, day) == hours, zone


async def test_only_what_differs_is_written(database: MigratedDatabase) -> None:
    rows = [visit(START, "s1"), visit(START + timedelta(hours=1), "s2", "mail"), visit(START, "s3", "ad")]
    written = (
        "select 'hour', channel, xmin::text from analytics.traffic_hour union all"
        " select 'day', channel, xmin::text from analytics.traffic_day union all"
        " select 'month', channel, xmin::text from analytics.traffic_month order by 1, 2"
    )
    async with stored_tenant(database) as stored:
        await stored.settings(Company([], ZoneInfo("UTC"), "USD"))
        await stored.add(rows)
        await stored.mark(rows)
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
            before = await connection.fetch(written)
        more = visit(START + timedelta(hours=1, minutes=5), "s4", "mail")
        await stored.add([more])
        await stored.mark([more, rows[0]])
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
            after = await connection.fetch(written)
    changed = {(row[0], row[1]) for row in set(after) - set(before)}
    assert changed == {("hour", "email"), ("day", "email"), ("month", "email")}
