"""Read the combinations of members that a figure is made of, by the SQL functions `insights.get_leaves_of_…`."""

from datetime import date, datetime
from typing import Final, Literal, NamedTuple
from uuid import UUID

from common.db import Connection

Subject = Literal["leads", "sessions", "sales", "searches", "ads"]

# The dimensions of each subject, in the order of a leaf's members.
DIMENSIONS: Final[dict[Subject, tuple[str, ...]]] = {
    "leads": ("platform", "channel", "campaign", "branch", "product"),
    "sessions": ("channel", "source", "campaign", "branch"),
    "sales": ("channel", "source", "campaign", "branch", "product"),
    "searches": ("term", "branch"),
    "ads": ("platform", "campaign"),
}
# The number of largest leaves that are returned individually; the others are returned as one sum.
_MOST_LEAVES: Final = 5000
# The largest number of rows of visits, leads, orders or days of campaigns by which a figure is broken down.
MOST_ROWS: Final = 30_000


class LeafQuestion(NamedTuple):
    """Which leaves to read: a figure in the steps of weight 0 (actual), and in the others by their weights (expected).

    `part` is the column of the subject, and `below` the denominator if the figure is a ratio. Steps are `days`, or the
    hours that begin at `hours` on these days. `only` holds for each dimension the only member to read, or None.
    `sampled_share` is the share of the rows that is read.
    """

    subject: Subject
    part: str
    below: str | None
    only: tuple[str | None, ...]
    days: list[date]
    hours: list[datetime] | None
    weights: list[float]
    sampled_share: float = 1.0


class LeafRow(NamedTuple):
    """The expected and actual values of a combination of members; fields with `below` are those of a denominator.

    A name is None if the member is its own name. The variance is that of `expected` and `actual` together.
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
    connection: Connection,
    tenant_id: UUID,
    question: LeafQuestion,
    most: int = _MOST_LEAVES,
    most_rows: int = MOST_ROWS,
) -> list[LeafRow]:
    """Read the `most` largest leaves, and one leaf without members for all others.

    For ads, at most `most_rows` days of campaigns are read.
    """
    function = f"insights.get_leaves_of_{question.subject}"
    arguments: tuple[object, ...] = question.weights, list(question.only), most
    if question.subject == "ads":
        statement = f"select * from {function}($1, $2, $3, $4, $5, $6, $7, $8)"  # noqa: S608 -- own names
        ads = await connection.fetch(
            statement, tenant_id, question.part, question.below, question.days, *arguments, most_rows
        )
        return [LeafRow(*row) for row in ads]
    arguments = *arguments, question.sampled_share
    if question.subject == "searches":
        statement = f"select * from {function}($1, $2, $3, $4, $5, $6)"  # noqa: S608 -- own names
        rows = await connection.fetch(statement, tenant_id, question.days, *arguments)
    elif question.subject == "leads":
        statement = f"select * from {function}($1, $2, $3, $4, $5, $6, $7, $8, $9)"  # noqa: S608 -- own names
        rows = await connection.fetch(
            statement, tenant_id, question.part, question.below, question.days, question.hours, *arguments
        )
    else:
        statement = f"select * from {function}($1, $2, $3, $4, $5, $6, $7, $8)"  # noqa: S608 -- own names
        rows = await connection.fetch(statement, tenant_id, question.part, question.days, question.hours, *arguments)
    return [_extrapolated(LeafRow(*row), question.sampled_share) for row in rows]


def _extrapolated(row: LeafRow, share: float) -> LeafRow:
    """Extrapolate from a sample to all rows; the variance grows with the square of the factor."""
    if share >= 1:
        return row
    return LeafRow(
        row.members,
        row.names,
        *(row.expected / share, row.actual / share, row.variance / share**2),
        *(row.expected_below / share, row.actual_below / share, row.variance_below / share**2),
    )
