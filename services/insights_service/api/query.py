"""Which insights are asked for, and texts that several bodies have."""

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
    type: Annotated[InsightType | None, Query(description="of one type only")] = None,  # noqa: A002 -- the contract's name
    severity: Annotated[Severity | None, Query(description="of one severity only")] = None,
    status: Annotated[
        Literal["open", "acknowledged", "resolved", "all"] | None,
        Query(description="none: what is not resolved; `all`: whatever its status, and what was held back too"),
    ] = None,
) -> Filter:
    return Filter(type, severity, status)


Asked = Annotated[Filter, Depends(_filter)]
