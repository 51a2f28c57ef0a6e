"""When days begin where clocks change at midnight, and that what happens on such days is counted once."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from common.testing.cluster import MigratedDatabase
from services.data_service.store.events.tenant_day import tenant_day
from tests.analytics_service.agreement import assert_all_agree
from tests.analytics_service.reference import Company, Reference, Row
from tests.analytics_service.stored import as_analytics, refresh, stored_tenant

# How many hours a day has, and when it begins in UTC.
DAYS = [
    # Clocks go back at one o'clock: the day has two midnights.
    ("Atlantic/Azores", date(2024, 10, 27), 25, "2024-10-27T00:00"),
    ("America/Havana", date(2024, 11, 3), 25, "2024-11-03T04:00"),
    ("Asia/Amman", date(2021, 10, 29), 25, "2021-10-28T21:00"),
    # They go back at midnight, to the evening before.
    ("America/Sao_Paulo", date(2018, 2, 17), 25, "2018-02-17T02:00"),
    ("Asia/Beirut", date(2024, 10, 26), 25, "2024-10-25T21:00"),
    ("Asia/Pyongyang", date(2015, 8, 14), 24.5, "2015-08-13T15:00"),
    # They skip midnight: the day begins at one o'clock.
    ("Atlantic/Azores", date(2024, 3, 31), 23, "2024-03-31T01:00"),
    ("America/Havana", date(2024, 3, 10), 23, "2024-03-10T05:00"),
    ("America/Sao_Paulo", date(2018, 11, 4), 23, "2018-11-04T03:00"),
    ("Asia/Beirut", date(2024, 3, 31), 23, "2024-03-30T22:00"),
    ("Africa/Cairo", date(2024, 4, 26), 23, "2024-04-25T22:00"),
    # They skip what is before midnight, or all of a day.
    ("America/Nuuk", date(2024, 3, 30), 23, "2024-03-30T02:00"),
    ("Asia/Pyongyang", date(2018, 5, 4), 23.5, "2018-05-03T15:30"),
    ("Pacific/Apia", date(2011, 12, 30), 0, "2011-12-30T10:00"),
    # They change at another hour, by another amount, or never.
    ("America/Chicago", date(2024, 3, 10), 23, "2024-03-10T06:00"),
    ("America/Chicago", date(2024, 11, 3), 25, "2024-11-03T05:00"),
    ("Australia/Lord_Howe", date(2024, 10, 6), 23.5, "2024-10-05T13:30"),
    ("Asia/Kolkata", date(2024, 10, 27), 24, "2024-10-26T18:30"),
]


async def test_a_day_begins_at_its_first_midnight_or_where_a_skipped_one_ends(database: MigratedDatabase) -> None:
    async with as_analytics(database, UUID(int=1)) as connection:
        rows = await connection.fetch(
            "select d.zone, d.day, auth.day_start(d.day, d.zone) as begins, auth.day_start(d.day + 1, d.zone) as ends"
            " from unnest($1::text[], $2::date[]) with ordinality as d (zone, day, n) order by d.n",
            [zone for zone, *_ in DAYS],
            [day for _, day, *_ in DAYS],
        )
    found = [
        (row["zone"], row["day"], (row["ends"] - row["begins"]) / timedelta(hours=1), f"{row['begins']:%Y-%m-%dT%H:%M}")
        for row in rows
    ]
    assert found == DAYS
    # Its first and last instants are of the day, those around it of others; and the services say the same.
    for row in rows:
        zone = ZoneInfo(row["zone"])
        assert tenant_day(row["day"], zone) == (row["day"], row["begins"], row["ends"])
        tick = timedelta(microseconds=1)
        if row["begins"] < row["ends"]:
            around = (row["begins"] - tick, row["begins"], row["ends"] - tick, row["ends"])
            assert [at.astimezone(zone).date() == row["day"] for at in around] == [False, True, True, False], row


async def test_what_happens_at_either_midnight_of_a_day_is_counted_once_however_it_comes(
    database: MigratedDatabase,
) -> None:
    company = Company([], ZoneInfo("Atlantic/Azores"), "USD")
    night = datetime(2024, 10, 27, tzinfo=UTC)
    steps = (-60, 0, 30, 60, 90, 24 * 60, 25 * 60 - 1, 25 * 60)
    rows = [
        Row("page_view", night + timedelta(minutes=minutes), UUID(int=n), "d1", None, f"s{n % 3}")
        for n, minutes in enumerate(steps)
    ]
    ranges = [(date(2024, 10, 26) + timedelta(days=n), date(2024, 10, 26) + timedelta(days=n)) for n in range(3)]
    async with stored_tenant(database) as stored:
        await stored.settings(company)
        for part in (rows[1::2], rows[::2]):
            company.rows.extend(part)
            await stored.add(part)
            await stored.mark(part)
            async with as_analytics(database, stored.tenant_id) as connection:
                assert await refresh(connection, stored.tenant_id)
                await assert_all_agree(connection, stored.tenant_id, Reference(company), ranges)
