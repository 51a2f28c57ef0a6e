"""insights.get_leaves_of_…: the combinations of members that a figure is made of."""

from datetime import date, datetime
from typing import Final, Literal, NamedTuple
from uuid import UUID

from common.db import Connection

Subject = Literal["leads", "sessions", "sales", "searches", "ads"]

# In the order of a leaf's members.
DIMENSIONS: Final[dict[Subject, tuple[str, ...]]] = {
    "leads": ("platform", "channel", "campaign", "branch", "product"),
    "sessions": ("channel", "source", "campaign", "branch"),
    "sales": ("channel", "source", "campaign", "branch", "product"),
    "searches": ("term", "branch"),
    "ads": ("platform", "campaign"),
}
# What is smaller than so many others of a figure is told in one sum.
_MOST_LEAVES: Final = 5000
# Rows of single visits, leads, orders and campaigns' days that one figure is broken down by.
MOST_ROWS: Final = 30_000


class LeafQuestion(NamedTuple):
    """A figure of some steps: those of weight 0 beside the others, which count by their weights.

    `part` is what it is of its subject, `below` what it is over where it is a ratio. Steps are `days`, or the hours
    that begin at `hours` on these days. `only` holds to one member of a dimension where it is not None. `kept` is the
    part of the rows that is counted for all.
    """

    subject: Subject
    part: str
    below: str | None
    only: tuple[str | None, ...]
    days: list[date]
    hours: list[datetime] | None
    weights: list[float]
    kept: float = 1.0


class LeafRow(NamedTuple):
    """What came of a combination of members and what was expected; `below`: of a ratio's denominator.

    Names are None where the member's own is all there is. The variance is of `expected` and `actual` together.
    """

    members: list[str | None]
    names: list[str | None]
    expected: float
    actual: float
    variance: float
    expected_below: float
    actual_below: float
    variance_below: float


async def get_leaves(
    connection: Connection, tenant_id: UUID, asked: LeafQuestion, most: int = _MOST_LEAVES, most_rows: int = MOST_ROWS
) -> list[LeafRow]:
    """The largest leaves, and one without members of all others; of ads so many campaigns' days are read at most."""
    function = f"insights.get_leaves_of_{asked.subject}"
    of_all: tuple[object, ...] = asked.weights, list(asked.only), most
    if asked.subject == "ads":
        statement = f"select * from {function}($1, $2, $3, $4, $5, $6, $7, $8)"  # noqa: S608 -- own names
        ads = await connection.fetch(statement, tenant_id, asked.part, asked.below, asked.days, *of_all, most_rows)
        return [LeafRow(*row) for row in ads]
    of_all = *of_all, asked.kept
    if asked.subject == "searches":
        statement = f"select * from {function}($1, $2, $3, $4, $5, $6)"  # noqa: S608 -- own names
        rows = await connection.fetch(statement, tenant_id, asked.days, *of_all)
    elif asked.subject == "leads":
        statement = f"select * from {function}($1, $2, $3, $4, $5, $6, $7, $8, $9)"  # noqa: S608 -- own names
        rows = await connection.fetch(statement, tenant_id, asked.part, asked.below, asked.days, asked.hours, *of_all)
    else:
        statement = f"select * from {function}($1, $2, $3, $4, $5, $6, $7, $8)"  # noqa: S608 -- own names
        rows = await connection.fetch(statement, tenant_id, asked.part, asked.days, asked.hours, *of_all)
    return [_for_all(LeafRow(*row), asked.kept) for row in rows]


def _for_all(row: LeafRow, kept: float) -> LeafRow:
    """What a part of the rows says of all of them: chance grows with the square of what each one stands for."""
    if kept >= 1:
        return row
    return LeafRow(
        row.members,
        row.names,
        *(row.expected / kept, row.actual / kept, row.variance / kept**2),
        *(row.expected_below / kept, row.actual_below / kept, row.variance_below / kept**2),
    )
