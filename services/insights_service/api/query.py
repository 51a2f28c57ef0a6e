"""Query parameters that filter insights, and the types of texts in request bodies."""

from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import StringConstraints

from services.insights_service.store.finding import InsightType, Severity
from services.insights_service.store.insights import Filter

_TEXT = r"^[^\x00]*$"
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=_TEXT)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]


async def _filter(
    type: Annotated[InsightType | None, Query(description="Only insights of this type.")] = None,  # noqa: A002 -- the contract's name
    severity: Annotated[Severity | None, Query(description="Only insights of this severity.")] = None,
    status: Annotated[
        Literal["open", "acknowledged", "resolved", "all"] | None,
        Query(
            description="Only shown insights with this status. Without it, those that are not resolved. `all` returns"
            " every status, and also insights that are held back from the caller."
        ),
    ] = None,
) -> Filter:
    return Filter(type, severity, status)


InsightFilter = Annotated[Filter, Depends(_filter)]
