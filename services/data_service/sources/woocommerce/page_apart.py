"""A page that a shop does not answer, read around the record that breaks it."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

from services.data_service.sources.vendor import VendorAway
from services.data_service.sources.woocommerce import refusals
from services.data_service.sources.woocommerce.shop import PER_PAGE, Shop, ShopPage, failed_at_once

_MOST_ASIDE: Final = 3
# For all parts together: one record whose parts each take ten seconds to fail is found in less.
_SECONDS = 240.0
# A shop then builds none of what else it would tell of a record:
# https://developer.wordpress.org/rest-api/using-the-rest-api/global-parameters/#_fields
_IDS: Final = "id"


class Aside(NamedTuple):
    """How a page is taken apart: `leave` is told what breaks it (its list, such as 'orders', and its id), and `hear`
    looks before each call whether to go on.
    """

    leave: Callable[[str, int], Awaitable[None]]
    hear: Callable[[], Awaitable[None]]


async def page_around(
    shop: Shop, path: str, asked: Mapping[str, str | int], place: Mapping[str, int], aside: Aside | None
) -> ShopPage:
    """The page of a list at a `place` (`page` or `offset`); if it fails at once, what breaks it goes `aside`.

    Raises:
        VendorError: the shop answers nothing else either, asks for fewer calls, takes long to fail at a part or for all
            of them, breaks at more than three records, or does not tell their ids.
        JobCancelled, JobHandedBack: as `aside` hears.
    """
    try:
        return await shop.page(path, **asked, **place, per_page=PER_PAGE)
    except VendorAway as away:
        if aside is None or not failed_at_once(away):
            raise
    begin = place["offset"] if "offset" in place else (place["page"] - 1) * PER_PAGE
    try:
        async with asyncio.timeout(_SECONDS):
            return await _apart(shop, path, asked, begin, aside)
    except TimeoutError:
        message = f"a page of {path} fails, and its parts take too long"
        raise VendorAway(message) from None


async def _apart(shop: Shop, path: str, asked: Mapping[str, str | int], begin: int, aside: Aside) -> ShopPage:
    """The page from record `begin` on, halved until what is not answered stands alone.

    From its end: what leaves the list meanwhile moves what is behind it to parts that are still to come.
    """
    await aside.hear()
    page = await shop.page(path, per_page=1, _fields=_IDS)
    half, failed = PER_PAGE // 2, 0
    records: list[dict[str, Any]] = []
    parts = [(begin, half), (begin + half, half)]
    while parts:
        offset, size = parts.pop()
        await aside.hear()
        try:
            page = await shop.page(path, **asked, per_page=size, offset=offset)
            records = page.records + records
        except VendorAway as away:
            failed += size == 1
            if failed > _MOST_ASIDE or not failed_at_once(away):
                raise
            if size > 1:
                parts += [(offset, size // 2), (offset + size // 2, size - size // 2)]
                continue
            page = await shop.page(path, **asked, per_page=1, offset=offset, _fields=_IDS)
            for record in page.records:
                await aside.leave(path, _number_of(record))
    return page._replace(records=records, pages=math.ceil(page.total / PER_PAGE))


def _number_of(record: Mapping[str, Any]) -> int:
    number = record.get("id")
    if not isinstance(number, int):
        raise refusals.of_shape("a thing without an id")
    return number
