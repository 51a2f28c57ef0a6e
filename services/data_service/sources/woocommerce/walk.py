"""Going through a list that changes meanwhile, so that nothing is passed over."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Final, NamedTuple

from services.data_service.sources.woocommerce import refusals
from services.data_service.sources.woocommerce.shop import PER_PAGE, Shop, ShopPage

_SECOND: Final = timedelta(seconds=1)
_HOUR: Final = timedelta(hours=1)
# Of one second, or of the hour that a clock has twice.
_MOST_PAGES: Final = 500


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
    pass over it. So each call asks from the last time that was read, the same second again. A second that fills a page
    is read alone, from its last page to its first: what leaves it then moves others to pages that are still to come.
    Pages are counted only where a site's clock was put back (`_last`). What comes twice is the same. While one
    page is worked on the next is already asked for.

    Raises:
        VendorError: as the shop's calls; the list is not in the order asked for.
    """
    walk = _Walk(shop, path, clock, until, filters)
    try:
        yield walk.pages(since)
    finally:
        await walk.end()


@dataclass
class _Walk:
    shop: Shop
    path: str
    clock: Clock
    until: datetime | None
    filters: Mapping[str, str | int]
    asked: asyncio.Task[ShopPage] | None = None

    async def pages(self, since: datetime) -> AsyncGenerator[tuple[ShopPage, datetime]]:
        number = 1
        self._ask_ahead(since, number)
        while self.asked:
            page = await self.asked
            self.asked = None
            if not page.records:
                return
            last, is_in_order = _last(page.records, self.clock.field, since)
            has_more = number < page.pages
            is_crowded = has_more and is_in_order and last <= since
            if has_more and not is_in_order:
                last, number = since, _bounded(number + 1)
            elif has_more and not is_crowded:
                since, number = last, 1
            if has_more and not is_crowded:
                self._ask_ahead(since, number)
            yield page, last
            if is_crowded:
                async for one in self._second(since):
                    yield one, since
                since, number = since + _SECOND, 1
                self._ask_ahead(since, number)

    async def end(self) -> None:
        if self.asked:
            self.asked.cancel()
            await asyncio.gather(self.asked, return_exceptions=True)

    async def _second(self, since: datetime) -> AsyncGenerator[ShopPage]:
        first = await self._ask(since, 1, since + _SECOND)
        for number in range(_bounded(first.pages), 0, -1):
            yield await self._ask(since, number, since + _SECOND)

    def _ask_ahead(self, since: datetime, number: int) -> None:
        self.asked = asyncio.create_task(self._ask(since, number, self.until))

    async def _ask(self, since: datetime, number: int, until: datetime | None) -> ShopPage:
        window: dict[str, str | int] = {self.clock.after: asked_time(since - _SECOND)}
        if until is not None:
            window[self.clock.before] = asked_time(until)
        order: dict[str, str | int] = {"dates_are_gmt": "true", "orderby": self.clock.orderby, "order": "asc"}
        return await self.shop.page(self.path, **self.filters, **window, **order, per_page=PER_PAGE, page=number)


def _bounded(number: int) -> int:
    if number > _MOST_PAGES:
        message = f"more than {_MOST_PAGES * PER_PAGE:,} records of one time"
        raise refusals.of_shape(message)
    return number


def time_of(value: Any) -> datetime | None:
    """A time as the API writes it in its `_gmt` fields: UTC, without saying so."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _last(records: list[dict[str, Any]], field: str, since: datetime) -> tuple[datetime, bool]:
    """Up to when a list was read with this page, and whether the page is in order.

    Where orders are WordPress's posts, they are sorted by the site's own clock, which has an hour of autumn twice.
    """
    times = [moment for record in records if (moment := time_of(record.get(field))) is not None]
    latest = list(accumulate(times, max))
    step_back = max((most - moment for most, moment in zip(latest, times, strict=True)), default=timedelta())
    if step_back > _HOUR or (times and min(times) < since - _SECOND):
        message = f"the list is not in the order of {field}"
        raise refusals.of_shape(message)
    if step_back:
        return latest[-1] - _HOUR, False
    return (times[-1] if times else since), True


def asked_time(moment: datetime) -> str:
    """A time as the API is asked for it, with `dates_are_gmt`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
