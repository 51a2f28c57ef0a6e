"""Going through a list that changes meanwhile, so that nothing is passed over."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Final, NamedTuple

from services.data_service.sources.woocommerce import refusals
from services.data_service.sources.woocommerce.page_apart import Aside, page_around
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


class Reached(NamedTuple):
    """Up to when a list is read. Where one time fills pages, it is also how far that is, so that a walk goes on there.

    `left` is how many pages of that second are still to be read at most, the last of them first; `passed` is how many
    from that time on are read, of an hour that the shop's clock has twice.
    """

    moment: datetime
    left: int = 0
    passed: int = 0


MODIFIED: Final = Clock("date_modified_gmt", "modified", "modified_after", "modified_before")
CREATED: Final = Clock("date_created_gmt", "date", "after", "before")


@asynccontextmanager
async def from_time(
    shop: Shop,
    path: str,
    clock: Clock,
    since: Reached,
    until: datetime | None = None,
    *,
    aside: Aside | None = None,
    **filters: str | int,
) -> AsyncGenerator[AsyncGenerator[tuple[ShopPage, Reached]]]:
    """The pages of a list from where it is read (until before a time), each with how far it is read with it.

    What changes meanwhile moves to the list's end, and everything behind it to the page before: counting pages would
    pass over it. So each call asks from the last time that was read, the same second again. A second that fills a page
    is read alone, from its last page to its first: what leaves it then moves others to pages that are still to come.
    Pages are counted only where a site's clock was put back (`_last`). What comes twice is the same. While one
    page is worked on the next is already asked for. With `aside`, a page that fails at once is taken apart, and told
    where what breaks it goes.

    Raises:
        VendorError: as the shop's calls; the list is not in the order asked for.
    """
    walk = _Walk(shop, path, clock, until, filters, aside)
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
    aside: Aside | None
    asked: asyncio.Task[ShopPage] | None = None

    async def pages(self, since: Reached) -> AsyncGenerator[tuple[ShopPage, Reached]]:
        moment, number = since.moment, since.passed + 1
        if since.left:
            async for one in self._second(moment, since.left):
                yield one
            moment = moment + _SECOND
        self._ask_ahead(moment, number)
        while self.asked:
            page = await self.asked
            self.asked = None
            if not page.records:
                return
            last, is_in_order = _last(page.records, self.clock.field, moment)
            has_more = number < page.pages
            is_crowded = has_more and is_in_order and last <= moment
            passed = number if has_more and not is_in_order else 0
            if passed:
                last, number = moment, _bounded(number + 1)
            elif has_more and not is_crowded:
                moment, number = last, 1
            if has_more and not is_crowded:
                self._ask_ahead(moment, number)
            # (Of a crowded second this page is read once more, at its end.)
            yield page, Reached(last, left=_MOST_PAGES if is_crowded else 0, passed=passed)
            if is_crowded:
                async for one in self._second(moment):
                    yield one
                moment, number = moment + _SECOND, 1
                self._ask_ahead(moment, number)

    async def end(self) -> None:
        if self.asked:
            self.asked.cancel()
            await asyncio.gather(self.asked, return_exceptions=True)

    async def _second(self, moment: datetime, left: int = _MOST_PAGES) -> AsyncGenerator[tuple[ShopPage, Reached]]:
        first = await self._ask(moment, 1, moment + _SECOND)
        for number in range(min(left, _bounded(first.pages)), 0, -1):
            page = await self._ask(moment, number, moment + _SECOND)
            yield page, Reached(moment, left=number - 1) if number > 1 else Reached(moment + _SECOND)

    def _ask_ahead(self, since: datetime, number: int) -> None:
        self.asked = asyncio.create_task(self._ask(since, number, self.until))

    async def _ask(self, since: datetime, number: int, until: datetime | None) -> ShopPage:
        asked: dict[str, str | int] = {**self.filters, self.clock.after: asked_time(since - _SECOND)}
        if until is not None:
            asked[self.clock.before] = asked_time(until)
        asked |= {"dates_are_gmt": "true", "orderby": self.clock.orderby, "order": "asc"}
        return await page_around(self.shop, self.path, asked, {"page": number}, self.aside)


def _bounded(number: int) -> int:
    if number > _MOST_PAGES:
        message = f"more than {_MOST_PAGES * PER_PAGE:,} records of one time"
        raise refusals.of_shape(message)
    return number


def position_of(reached: Reached) -> dict[str, Any]:
    """How far a list is read, as a cursor keeps it."""
    pages = {"left": reached.left, "passed": reached.passed}
    return {"modified": reached.moment.isoformat(), **{name: number for name, number in pages.items() if number}}


def reached_of(position: Mapping[str, Any] | None) -> Reached | None:
    """What `position_of` kept."""
    moment = time_of(position["modified"]) if position else None
    return moment and Reached(moment, position.get("left", 0), position.get("passed", 0)) if position else None


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
