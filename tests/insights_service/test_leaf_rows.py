"""The leaves of each figure, as the service's own role reads them for one company and the steps of a question."""

import json
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from common.testing.cluster import MigratedDatabase
from common.testing.people import add_tenant
from services.insights_service.store.leaves import DIMENSIONS, LeafQuestion, LeafRow, Subject, get_leaves
from tests.insights_service.kept_sums import keep_sums

DAY = date(2026, 3, 16)
BEFORE, LONG_BEFORE = DAY - timedelta(7), DAY - timedelta(14)


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC)


def whole_hour(day: date, hour: int) -> datetime:
    return at(day, hour) - timedelta(minutes=30)


def session(number: int, day: date, hour: int, channel: str, *of: str | None, bought: int = 0) -> tuple[Any, ...]:
    source, branch = of
    key, moment = f"s{number}", at(day, hour)
    return "d", key, day, moment, uuid4(), moment, "u", branch, 1, bool(bought), key, source, None, None, channel


def sale(number: int, day: date, of: str | None, branch: str, value: float | None, *items: Any) -> tuple[Any, ...]:
    """Return a purchase whose value was half as much in its own currency."""
    lines = [{"item_id": one, "item_name": one.upper(), "quantity": 1, "value": worth} for one, worth in items]
    money = (10, "USD", None, None) if value is None else (value / 2, "USD", value, 2)
    return f"t{number}", day, at(day, 9), "d", of, branch, *money, json.dumps(lines), f"t{number}"


ROWS: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "analytics.session": (
        (
            "user_pseudo_id, session_id, day, first_ts, first_id, last_ts, u, location_id, page_views, bought,"
            " task_key, source, medium, campaign, channel"
        ),
        [
            session(1, BEFORE, 9, "email", "news", "N", bought=1),
            session(2, BEFORE, 9, "email", "news", "N"),
            session(3, BEFORE, 12, "direct", None, None),
            session(4, DAY, 9, "email", "news", "N", bought=1),
            session(5, DAY, 9, "direct", None, "S"),
            session(6, DAY - timedelta(1), 9, "direct", None, "S"),
        ],
    ),
    "analytics.traffic_day": (
        "day, channel, sessions, bought_sessions, page_views, purchases, revenue, told_by_vendor",
        [(LONG_BEFORE, "email", 6, 0, 0, 0, 0, True), (DAY, "email", 99, 0, 0, 0, 0, False)],
    ),
    "analytics.sale": (
        (
            "transaction_id, day, event_ts, user_pseudo_id, session_id, location_id, amount, currency, value, rate,"
            " items, task_key"
        ),
        [
            sale(1, BEFORE, "s1", "N", 50, ("pump", 30), ("seal", 12)),
            sale(2, DAY, "s4", "N", 20, ("pump", 20)),
            sale(3, DAY, None, "S", None, ("seal", 10)),
            sale(4, DAY, None, "S", -6),
        ],
    ),
    "analytics.session_search": (
        (
            "user_pseudo_id, session_id, search_term, day, first_ts, last_ts, u, location_id, searches,"
            " no_result_searches, outcome, task_key"
        ),
        [
            ("d", str(n), term, day, at(day, 9), at(day, 9), "u", "N", 4, failed, "no_results", str(n))
            for n, (term, day, failed) in enumerate([("pump", BEFORE, 0), ("glue", DAY, 1), ("glue", DAY, 3)])
        ],
    ),
    "analytics.v6_campaign_roi_daily": (
        (
            "day, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,"
            " claimed_revenue"
        ),
        [
            (BEFORE, "meta", "a/1", 4, 1, 100, 50, 2000, 40, 0, 0),
            (DAY, "meta", "a/1", 2, 1, 80, 60, 3000, 30, 0, 0),
            (DAY, "meta", "", 1, 2, 90, 0, 0, 0, 0, 0),
        ],
    ),
    "analytics.campaign": ("platform, campaign_ref, account_id, name", [("meta", "a/1", "a", "Spring")]),
    "analytics.fact_leads": (
        (
            "day, hour, lead_id, platform, channel, utm_source, utm_campaign, utm_id, is_paid, campaign_ref,"
            " product_id, product_name, location_id, contracts, revenue"
        ),
        [
            (day, hour, str(n), "meta", "paid", "", "", "", True, ref, "P1", "Pump", "N", int(money > 0), money)
            for n, (day, hour, ref, money) in enumerate(
                [
                    (BEFORE, whole_hour(BEFORE, 9), "a/1", 70),
                    (DAY, whole_hour(DAY, 9), "a/1", 0),
                    (DAY, None, "", 30),
                ]
            )
        ],
    ),
    "data.locations": ("location_id, location_name", [("N", "North")]),
}
NEWS, SPRING = ("email", "news", None, "North"), ("meta", "paid", "Spring", "North", "Pump")
ELSEWHERE, STRAY = ("unassigned", None, None, "S"), ("meta", "paid", None, "North", "Pump")
# By subject, part, denominator and hour: the names of each leaf's members, its expected and actual values, and those of
# the denominator. Each of the two weeks before counts by half.
LEAVES: list[tuple[Subject, str, str | None, int | None, dict[tuple[str | None, ...], tuple[float, ...]]]] = [
    ("sessions", "sessions", None, None, {
        NEWS: (1, 1), ("direct", None, None, None): (0.5, 0), ("direct", None, None, "S"): (0, 1),
        ("email", None, None, None): (3, 0),
    }),
    ("sessions", "sessions", None, 9, {NEWS: (1, 1), ("direct", None, None, "S"): (0, 1)}),
    ("sessions", "bought", "sessions", 9, {NEWS: (0.5, 1, 1, 1), ("direct", None, None, "S"): (0, 0, 0, 1)}),
    ("sales", "purchases", None, None, {
        (*NEWS, "PUMP"): (0.5, 1), (*ELSEWHERE, "SEAL"): (0, 1), (*ELSEWHERE, None): (0, 1),
    }),
    ("sales", "revenue", None, None, {
        (*NEWS, "PUMP"): (15, 20), (*NEWS, "SEAL"): (6, 0), (*NEWS, None): (4, 0), (*ELSEWHERE, None): (0, -6),
    }),
    ("sales", "revenue", None, 10, {}),
    ("searches", "failed_searches", None, None, {("glue", "North"): (0, 4)}),
    ("ads", "spend", None, None, {("meta", "Spring"): (25, 60), ("meta", None): (0, 0)}),
    ("ads", "spend", "leads", None, {("meta", "Spring"): (25, 60, 2, 2), ("meta", None): (0, 0, 0, 1)}),
    ("ads", "spend", "clicks", None, {("meta", "Spring"): (25, 60, 20, 30), ("meta", None): (0, 0, 0, 0)}),
    ("ads", "revenue", "spend", None, {("meta", "Spring"): (50, 80, 25, 60), ("meta", None): (0, 90, 0, 0)}),
    ("ads", "clicks", "impressions", None, {("meta", "Spring"): (20, 30, 1000, 3000), ("meta", None): (0, 0, 0, 0)}),
    ("leads", "leads", None, None, {SPRING: (0.5, 1), STRAY: (0, 1)}),
    ("leads", "leads", None, 9, {SPRING: (0.5, 1)}),
    ("leads", "contracts", None, None, {SPRING: (0.5, 0), STRAY: (0, 1)}),
    ("leads", "lead_revenue", None, None, {SPRING: (35, 0), STRAY: (0, 30)}),
    ("leads", "contracts", "leads", None, {SPRING: (0.5, 0, 0.5, 1), STRAY: (0, 1, 0, 1)}),
]  # fmt: skip


def question_about(
    subject: Subject, part: str = "", below: str | None = None, hour: int | None = None, **only: str
) -> LeafQuestion:
    days = [DAY, BEFORE, LONG_BEFORE]
    hours = None if hour is None else [whole_hour(day, hour) for day in days]
    only_members = tuple(only.get(dimension) for dimension in DIMENSIONS[subject])
    return LeafQuestion(
        subject, part or {"sales": "purchases"}.get(subject, subject), below, only_members, days, hours, [0, 0.5, 0.5]
    )


def figures(rows: list[LeafRow]) -> dict[tuple[str | None, ...], tuple[float, ...]]:
    return {
        tuple(name or member for name, member in zip(row.names, row.members, strict=True)): (
            *(row.expected, row.actual, row.expected_below, row.actual_below),
        )
        for row in rows
    }


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def tenants(database: MigratedDatabase) -> list[UUID]:
    """Create two companies with the same rows."""
    writer = await asyncpg.connect(database.superuser_dsn)
    tenants = [await add_tenant(database.superuser_dsn) for _ in range(2)]
    for tenant_id in tenants:
        for table, (columns, rows) in ROWS.items():
            places = ", ".join(f"${n}" for n in range(1, 2 + len(columns.split(","))))
            await writer.executemany(
                f"insert into {table} (tenant_id, {columns}) values ({places})", [(tenant_id, *row) for row in rows]
            )
        await keep_sums(writer, tenant_id)
    await writer.close()
    return tenants


@pytest_asyncio.fixture(loop_scope="module")
async def reader(database: MigratedDatabase, tenants: list[UUID]) -> AsyncGenerator[asyncpg.Connection]:
    """Connect as the service's own role, in a transaction of the first company."""
    connection = await asyncpg.connect(database.settings.dsn("insights"))
    async with connection.transaction():
        await connection.execute(f"set local app.tenant_id = '{tenants[0]}'")
        yield connection
    await connection.close()


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_each_figure_is_broken_down_into_actual_and_expected_values(
    reader: asyncpg.Connection, tenants: list[UUID]
) -> None:
    for subject, part, below, hour, leaves in LEAVES:
        read = figures(await get_leaves(reader, tenants[0], question_about(subject, part, below, hour)))
        wanted = {name: one if len(one) == 4 else (*one, 0, 0) for name, one in leaves.items()}
        assert read == wanted, (subject, part, below, hour)


async def test_leaves_are_restricted_to_the_segment_of_the_alert(
    reader: asyncpg.Connection, tenants: list[UUID]
) -> None:
    cases = (
        (
            question_about("sales", product="seal"),
            {(*NEWS, "SEAL"): (0.5, 0, 0, 0), (*ELSEWHERE, "SEAL"): (0, 1, 0, 0)},
        ),
        (question_about("sales", "revenue", branch="S"), {(*ELSEWHERE, None): (0, -6, 0, 0)}),
        (question_about("sales", "revenue", channel="direct"), {}),
        (question_about("sessions", branch="S"), {("direct", None, None, "S"): (0, 1, 0, 0)}),
        (question_about("sessions", channel="email", source="news"), {NEWS: (1, 1, 0, 0)}),
        (question_about("leads", platform="meta", campaign="meta a/1", product="P1"), {SPRING: (0.5, 1, 0, 0)}),
        (question_about("leads", platform="google"), {}),
        (question_about("ads", "spend", campaign="meta a/1"), {("meta", "Spring"): (25, 60, 0, 0)}),
        (question_about("searches", term="glue", branch="N"), {("glue", "North"): (0, 4, 0, 0)}),
        (question_about("searches", term="pump"), {}),
    )  # fmt: skip
    for question, leaves in cases:
        assert figures(await get_leaves(reader, tenants[0], question)) == leaves, question


async def test_small_leaves_are_returned_as_one_sum(reader: asyncpg.Connection, tenants: list[UUID]) -> None:
    rows = await get_leaves(reader, tenants[0], question_about("sales", "revenue"), most=1)
    assert figures(rows) == {(*NEWS, "PUMP"): (15, 20, 0, 0), (None,) * 5: (10, -6, 0, 0)}
    whole = await get_leaves(reader, tenants[0], question_about("sales", "revenue"))
    assert sum(row.variance for row in rows) == sum(row.variance for row in whole)


# Visits with an order and a search each, on a day and on the one a week before; one large campaign and nineteen others.
LARGE = """
insert into analytics.session (
    tenant_id, user_pseudo_id, session_id, day, first_ts, first_id, last_ts, u, page_views, bought, task_key, channel
)
select $1, d.day || 'd' || n, 's', d.day, d.day, gen_random_uuid(), d.day, 'u', 1, true, d.day || '-' || n, 'direct'
from $days;
insert into analytics.sale (
    tenant_id, transaction_id, day, event_ts, user_pseudo_id, session_id, amount, currency, value, items, task_key
)
select $1, d.day || '-' || n, d.day, d.day, d.day || 'd' || n, 's', 7, 'USD', 7, '[]', '' from $days;
insert into analytics.session_search (
    tenant_id, user_pseudo_id, session_id, search_term, day, first_ts, last_ts, u, searches, no_result_searches,
    outcome, task_key
)
select $1, d.day || 'd' || n, 's', 'glue', d.day, d.day, d.day, 'u', 1, 1, 'no_results', '' from $days;
insert into analytics.v6_campaign_roi_daily (
    tenant_id, day, platform, campaign_ref, leads, contracts, revenue, spend, impressions, clicks, claimed_conversions,
    claimed_revenue
)
select $1, d.day, 'meta', 'a/' || n, 0, 0, 0, 100.0 / n, 0, 0, 0, 0 from $days where n <= 20;
"""


async def test_many_rows_are_sampled_and_only_the_largest_campaigns_are_named(
    database: MigratedDatabase, reader: asyncpg.Connection, tenants: list[UUID]
) -> None:
    tenant_id = await add_tenant(database.superuser_dsn)
    writer = await asyncpg.connect(database.superuser_dsn)
    days = f"(values (date '{DAY}'), ('{BEFORE}')) d (day) cross join generate_series(1, 2000) n"
    await writer.execute(LARGE.replace("$days", days).replace("$1", f"'{tenant_id}'::uuid"))
    await keep_sums(writer, tenant_id)
    await writer.close()
    await reader.execute(f"set local app.tenant_id = '{tenant_id}'")
    for question in (
        question_about("sessions"),
        question_about("sales"),
        question_about("sales", "revenue"),
        question_about("searches"),
    ):
        [whole] = await get_leaves(reader, tenant_id, question)
        [part] = await get_leaves(reader, tenant_id, question._replace(sampled_share=0.25))
        assert (part.members, part.actual != whole.actual) == (whole.members, True), question
        for figure in ("expected", "actual"):
            assert getattr(part, figure) == pytest.approx(getattr(whole, figure), rel=0.15), question
        # A quarter is sampled, so each row stands for four.
        assert part.variance == pytest.approx(4 * whole.variance, rel=0.15), question
    # Days that only the vendor counted have no single visits to sample, so they are read completely.
    question = question_about("sessions", channel="email")._replace(sampled_share=0.25)
    await reader.execute(f"set local app.tenant_id = '{tenants[0]}'")
    rows = figures(await get_leaves(reader, tenants[0], question))
    assert rows["email", None, None, None] == (3, 0, 0, 0)
    await reader.execute(f"set local app.tenant_id = '{tenant_id}'")
    every = await get_leaves(reader, tenant_id, question_about("ads", "spend"))
    few = await get_leaves(reader, tenant_id, question_about("ads", "spend"), most_rows=17)
    named = [row for row in few if row.members[1]]
    assert {row.members[1] for row in named} == {f"meta a/{n}" for n in range(1, 6)}
    assert set(map(repr, named)) < set(map(repr, every))
    assert [sum(row.actual for row in rows) for rows in (few, every)] == pytest.approx([359.774] * 2, abs=1e-3)
    assert [row.members for row in few if row not in named] == [["meta", None]]


async def test_ad_money_is_taken_to_vary_by_a_fifth_if_there_is_one_weekday_to_compare(
    reader: asyncpg.Connection, tenants: list[UUID]
) -> None:
    [spring, _] = await get_leaves(reader, tenants[0], question_about("ads", "spend"))
    assert spring.variance == pytest.approx(1.5 * (0.2 * (25 + 60) / 1.5) ** 2)


async def test_leaves_of_other_companies_and_other_branches_are_not_read(
    reader: asyncpg.Connection, tenants: list[UUID]
) -> None:
    questions = [question_about(subject, part, below, hour) for subject, part, below, hour, _ in LEAVES]
    assert [await get_leaves(reader, tenants[1], question) for question in questions] == [[]] * len(questions)
    await reader.execute("set local app.branch_codes = '{S}'")
    for question in questions:
        read = await get_leaves(reader, tenants[0], question)
        assert {row.members[DIMENSIONS[question.subject].index("branch")] for row in read} <= {"S"}, question
