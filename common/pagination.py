"""Pages of a list: `page` from 1, `limit` 50 unless told, at most 500."""

from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Query

MAX_LIMIT = 500
# Past this a page number is a mistake or an attack, and offset arithmetic would leave bigint.
MAX_PAGE = 1_000_000


class PageParams(NamedTuple):
    """Which page of a list is asked for."""

    page: int = 1
    limit: int = 50

    @property
    def offset(self) -> int:
        """Rows to pass over."""
        return (self.page - 1) * self.limit


async def page_params(
    page: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 1, limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50
) -> PageParams:
    """Read `page` and `limit` from the query."""
    return PageParams(page, limit)


Page = Annotated[PageParams, Depends(page_params)]


def page_answer(data: list[Any], total: int, page: PageParams, **more: Any) -> dict[str, Any]:
    """The list envelope `{data, total, page, limit, has_more}` and what a list adds to it."""
    return {
        "data": data,
        "total": total,
        "page": page.page,
        "limit": page.limit,
        "has_more": page.offset + len(data) < total,
        **more,
    }
