"""Going through a list that changes meanwhile, so that nothing is passed over."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from services.data_service.sources.woocommerce import refusals
from services.data_service.sources.woocommerce.shop import PER_PAGE, Shop, ShopPage

_SECOND: Final = timedelta(seconds=1)


class Clock(NamedTuple):
    """A time by which a list is gone through: the records' field, and the list's parameters for it."""

    field: str
    orderby: str
    after: str
    before: str


MODIFIED: Final = Clock("date_modified_gmt", "modified", "modified_after", "modified_before")
CREATED: Final = Clock("date_created_gmt", "date", "after", "before")


@asynccontextmanager
async def from_time(
    shop: Shop, path: str, clock: Clock, since: datetime, until: datetime | None = None, **filters: str | int
) -> AsyncGenerator[AsyncGenerator[tuple[ShopPage, datetime]]]:
    """The pages of a list from a time on (until before another), each with the time of its last record.

    What changes meanwhile moves to the list's end, and everything behind it to the page before: counting pages would
    pass over it. So each call asks from the last time that was read, the same second again, and pages are counted only
    within one second. What comes twice is the same. While one page is worked on the next is already asked for.

    Raises:
        VendorError: as the shop's calls; the list is not in the order asked for.
    """

    async def ask(since: datetime, number: int) -> ShopPage:
        window: dict[str, str | int] = {clock.after: _asked(since - _SECOND)}
        if until is not None:
            window[clock.before] = _asked(until)
        order: dict[str, str | int] = {"dates_are_gmt": "true", "orderby": clock.orderby, "order": "asc"}
        return await shop.page(path, **filters, **window, **order, per_page=PER_PAGE, page=number)

    asked: list[asyncio.Task[ShopPage]] = []

    async def pages(since: datetime) -> AsyncGenerator[tuple[ShopPage, datetime]]:
        number = 1
        asked.append(asyncio.create_task(ask(since, number)))
        while asked:
            page = await asked[-1]
            asked.clear()
            if not page.records:
                return
            last = _last(page.records, clock.field, since)
            if number < page.pages:
                since, number = (last, 1) if last > since else (since, number + 1)
                asked.append(asyncio.create_task(ask(since, number)))
            yield page, last

    try:
        yield pages(since)
    finally:
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)


def time_of(value: Any) -> datetime | None:
    """A time as the API writes it in its `_gmt` fields: UTC, without saying so."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _last(records: list[dict[str, Any]], field: str, since: datetime) -> datetime:
    times = [moment for record in records if (moment := time_of(record.get(field))) is not None]
    if times != sorted(times) or (times and times[0] < since - _SECOND):
        message = f"the list is not in the order of {field}"
        raise refusals.of_shape(message)
    return times[-1] if times else since


def _asked(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
