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


class LeafQuestion(NamedTuple):
    """A figure of some steps: those of weight 0 beside the others, which count by their weights.

    `part` is what it is of its subject, `below` what it is over where it is a ratio. Steps are `days`, or the hours
    that begin at `hours` on these days. `only` holds to one member of a dimension where it is not None.
    """

    subject: Subject
    part: str
    below: str | None
    only: tuple[str | None, ...]
    days: list[date]
    hours: list[datetime] | None
    weights: list[float]


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
    connection: Connection, tenant_id: UUID, asked: LeafQuestion, most: int = _MOST_LEAVES
) -> list[LeafRow]:
    """The largest leaves, and one without members of all others."""
    function, more = f"insights.get_leaves_of_{asked.subject}", [asked.weights, list(asked.only), most]
    if asked.subject == "searches":
        statement = f"select * from {function}($1, $2, $3, $4, $5)"  # noqa: S608 -- own names
        rows = await connection.fetch(statement, tenant_id, asked.days, *more)
    elif asked.subject == "ads":
        statement = f"select * from {function}($1, $2, $3, $4, $5, $6, $7)"  # noqa: S608 -- own names
        rows = await connection.fetch(statement, tenant_id, asked.part, asked.below, asked.days, *more)
    elif asked.subject == "leads":
        statement = f"select * from {function}($1, $2, $3, $4, $5, $6, $7, $8)"  # noqa: S608 -- own names
        rows = await connection.fetch(statement, tenant_id, asked.part, asked.below, asked.days, asked.hours, *more)
    else:
        statement = f"select * from {function}($1, $2, $3, $4, $5, $6, $7)"  # noqa: S608 -- own names
        rows = await connection.fetch(statement, tenant_id, asked.part, asked.days, asked.hours, *more)
    return [LeafRow(*row) for row in rows]
