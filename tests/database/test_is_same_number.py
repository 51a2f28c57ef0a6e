"""Telephone numbers that are one however they are written, and those that only look alike."""

import asyncpg

from common.testing.cluster import MigratedDatabase

SAME = [
    ("+49 170 5557777", "0170/555 77 77"),
    ("+49 (0)170 5557777", "0049 170 5557777"),
    ("+84 912 345 678", "0912.345.678"),
    ("+1 (555) 901-7731", "555-901-7731"),
    ("+1 (555) 901-7731", "15559017731"),
    ("(555) 901-7731", "1 555 901 7731"),
    ("tel:+39 06 1234567", "061234567"),
    ("+49 0170 5557777", "0170 5557777"),
    ("+358 40 123 4567", "040 1234567"),
]
OTHERS = [
    ("+49 170 5557777", "+43 170 5557777"),
    ("+49 170 5557777", "5557777"),
    ("5557 7777", "49170 5557 7777"),
    ("5557 7777", "49 5557 7777"),
    ("+49 170 5557777", "0171 5557777"),
    # an area's code is none of a country: whose the short one is, nobody knows
    ("+36 1 555 7777", "555 7777"),
    ("+32 2 555 77 77", "555 77 77"),
    ("+46 8 555 7777", "555 7777"),
    ("0912 345 678", "(291) 234-5678"),
    ("912 345 678", "555 912 345 678"),
    # extensions, and what stands for nothing
    ("+1 234", "234"),
    ("+49 170 5557777", ""),
    ("+49 170 5557777", None),
]


async def test_a_number_is_the_same_with_its_countrys_code_and_without(database: MigratedDatabase):
    connection = await asyncpg.connect(database.settings.dsn("data"))
    try:
        told = await connection.fetch(
            "select x.a, x.b, data.is_same_number(data.phone_number(x.a), data.phone_number(x.b)) is true,"
            " data.is_same_number(data.phone_number(x.b), data.phone_number(x.a)) is true"
            " from unnest($1::text[], $2::text[]) as x (a, b)",
            *(list(column) for column in zip(*SAME, *OTHERS, strict=True)),
        )
    finally:
        await connection.close()
    assert [tuple(row) for row in told] == [
        (*pair, is_same, is_same) for pairs, is_same in ((SAME, True), (OTHERS, False)) for pair in pairs
    ]
