"""Going through a list that changes meanwhile, so that nothing is passed over."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
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

    `left` is how many pages of what lies from `moment` to before `until` are still to be read at most, the last of them
    first; the list is read anew from `until` on.
    """

    moment: datetime
    left: int = 0
    until: datetime | None = None


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
    pass over it. So each call asks from the last time that was read, the same second again. A second that fills a page,
    and the hour that a site's clock has twice (`_is_in_order`), is read alone, from its last page to its first: what
    leaves it then moves others to pages that are still to come. What comes twice is the same. While one page is worked
    on the next is already asked for. With `aside`, a page that fails at once is taken apart, and told where what breaks
    it goes.

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
        moment = since.moment
        if since.left:
            end = since.until or moment + _SECOND
            async for one in self._backwards(moment, end, since.left):
                yield one
            moment = end
        self._ask_ahead(moment)
        while self.asked:
            page = await self.asked
            self.asked = None
            if not page.records:
                return
            times = _times(page.records, self.clock.field, moment)
            last, is_in_order = max(times), _is_in_order(times)
            if page.pages <= 1:
                yield page, Reached(last)
                return
            if is_in_order and last > moment:
                self._ask_ahead(last)
                yield page, Reached(last)
                moment = last
                continue
            end = moment + _SECOND if is_in_order else self._end_of_hour(last, page.shop_time)
            # (This page is read once more, at its end.)
            yield page, Reached(moment, _MOST_PAGES, end)
            async for one in self._backwards(moment, end):
                yield one
            moment = end
            self._ask_ahead(moment)

    async def end(self) -> None:
        if self.asked:
            self.asked.cancel()
            await asyncio.gather(self.asked, return_exceptions=True)

    async def _backwards(
        self, begin: datetime, end: datetime, left: int = _MOST_PAGES
    ) -> AsyncGenerator[tuple[ShopPage, Reached]]:
        first = await self._ask(begin, 1, end)
        for number in range(min(left, _bounded(first.pages)), 0, -1):
            page = await self._ask(begin, number, end)
            yield page, Reached(begin, number - 1, end) if number > 1 else Reached(end)

    def _end_of_hour(self, latest: datetime, shop_time: datetime | None) -> datetime:
        """Where what is told twice over ends at the latest; before the present, so that nothing comes in there."""
        end = min(latest + _HOUR, self.until or latest + _HOUR)
        return max(latest + _SECOND, min(end, shop_time or end))

    def _ask_ahead(self, since: datetime) -> None:
        self.asked = asyncio.create_task(self._ask(since, 1, self.until))

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
    position: dict[str, Any] = {"modified": reached.moment.isoformat()}
    if reached.left and reached.until:
        position |= {"left": reached.left, "until": reached.until.isoformat()}
    return position


def reached_of(position: Mapping[str, Any] | None) -> Reached | None:
    """What `position_of` kept."""
    moment = time_of(position["modified"]) if position else None
    return Reached(moment, position.get("left", 0), time_of(position.get("until"))) if position and moment else None


def time_of(value: Any) -> datetime | None:
    """A time as the API writes it in its `_gmt` fields: UTC, without saying so."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _times(records: list[dict[str, Any]], field: str, since: datetime) -> list[datetime]:
    """The times of a page, as it has them; at least one.

    Raises:
        VendorError: by these the list is not in the order that was asked for.
    """
    times = [moment for record in records if (moment := time_of(record.get(field))) is not None] or [since]
    step_back = max(most - moment for most, moment in zip(accumulate(times, max), times, strict=True))
    if step_back > _HOUR or min(times) < since - _SECOND:
        message = f"the list is not in the order of {field}"
        raise refusals.of_shape(message)
    return times


def _is_in_order(times: Sequence[datetime]) -> bool:
    """Not where orders are WordPress's posts, sorted by the site's own clock: that has an hour of autumn twice."""
    return all(one <= next_one for one, next_one in pairwise(times))


def asked_time(moment: datetime) -> str:
    """A time as the API is asked for it, with `dates_are_gmt`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
