"""A page that a shop does not answer, read around the record that breaks it."""

import math
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Any, Final

from services.data_service.sources.vendor import VendorAway
from services.data_service.sources.woocommerce import refusals
from services.data_service.sources.woocommerce.shop import AT_ONCE, PER_PAGE, Shop, ShopPage

# What is left aside: its list, such as 'orders', and its id.
Aside = Callable[[str, int], Awaitable[None]]
_MOST_ASIDE: Final = 3
# A shop then builds none of what else it would tell of a record:
# https://developer.wordpress.org/rest-api/using-the-rest-api/global-parameters/#_fields
_IDS: Final = "id"


async def page_around(
    shop: Shop, path: str, asked: Mapping[str, str | int], place: Mapping[str, int], aside: Aside | None
) -> ShopPage:
    """The page of a list at a `place` (`page` or `offset`); if it fails at once, what breaks it goes `aside`.

    Raises:
        VendorError: the shop answers nothing else either, asks for fewer calls, breaks at more than three records, or
            does not tell their ids.
    """
    began = monotonic()
    try:
        return await shop.page(path, **asked, **place, per_page=PER_PAGE)
    except VendorAway as away:
        if aside is None or away.retry_after is not None or monotonic() - began > AT_ONCE:
            raise
    begin = place["offset"] if "offset" in place else (place["page"] - 1) * PER_PAGE
    return await _apart(shop, path, asked, begin, aside)


async def _apart(shop: Shop, path: str, asked: Mapping[str, str | int], begin: int, aside: Aside) -> ShopPage:
    """The page from record `begin` on, halved until what is not answered stands alone.

    From its end: what leaves the list meanwhile moves what is behind it to parts that are still to come.
    """
    page = await shop.page(path, per_page=1, _fields=_IDS)
    half, failed = PER_PAGE // 2, 0
    records: list[dict[str, Any]] = []
    parts = [(begin, half), (begin + half, half)]
    while parts:
        offset, size = parts.pop()
        try:
            page = await shop.page(path, **asked, per_page=size, offset=offset)
            records = page.records + records
        except VendorAway as away:
            failed += size == 1
            if away.retry_after is not None or failed > _MOST_ASIDE:
                raise
            if size > 1:
                parts += [(offset, size // 2), (offset + size // 2, size - size // 2)]
                continue
            page = await shop.page(path, **asked, per_page=1, offset=offset, _fields=_IDS)
            for record in page.records:
                await aside(path, _number_of(record))
    return page._replace(records=records, pages=math.ceil(page.total / PER_PAGE))


def _number_of(record: Mapping[str, Any]) -> int:
    number = record.get("id")
    if not isinstance(number, int):
        raise refusals.of_shape("a thing without an id")
    return number
