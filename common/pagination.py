"""Paginate lists: `page` starts at 1, `limit` is 50 by default and at most 500."""

from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Query

MAX_LIMIT = 500
# A higher page number is a mistake or an attack, and its offset could exceed bigint.
MAX_PAGE = 1_000_000


class PageParams(NamedTuple):
    """The requested page of a list."""

    page: int = 1
    limit: int = 50

    @property
    def offset(self) -> int:
        """The number of rows to skip."""
        return (self.page - 1) * self.limit


async def page_params(
    page: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 1, limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50
) -> PageParams:
    """Read `page` and `limit` from the query."""
    return PageParams(page, limit)


Page = Annotated[PageParams, Depends(page_params)]


def page_answer(data: list[Any], total: int, page: PageParams, **more: Any) -> dict[str, Any]:
    """Return the list envelope `{data, total, page, limit, has_more}` with the additional fields `more`."""
    return {
        "data": data,
        "total": total,
        "page": page.page,
        "limit": page.limit,
        "has_more": page.offset + len(data) < total,
        **more,
    }
