"""A page that a shop does not answer, read around the record that breaks it."""

import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from services.data_service.sources.vendor import VendorAway
from services.data_service.sources.woocommerce.shop import PER_PAGE, Shop, ShopPage

# What is left aside: its list, such as 'orders', and its id.
Aside = Callable[[str, str], Awaitable[None]]
_MOST_ASIDE: Final = 3
# A shop then builds none of what else it would tell of a record:
# https://developer.wordpress.org/rest-api/using-the-rest-api/global-parameters/#_fields
_IDS: Final = "id"


async def page_apart(shop: Shop, path: str, asked: Mapping[str, str | int], begin: int, aside: Aside) -> ShopPage:
    """The page of a list from its record `begin` on, halved until what is not answered stands alone and goes `aside`.

    From its end: what leaves the list meanwhile moves what is behind it to parts that are still to come.

    Raises:
        VendorError: the shop answers nothing else either, asks for fewer calls, breaks at more than three records, or
            does not tell their ids.
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
            if away.retry_after or failed > _MOST_ASIDE:
                raise
            if size > 1:
                parts += [(offset, size // 2), (offset + size // 2, size - size // 2)]
                continue
            page = await shop.page(path, **asked, per_page=1, offset=offset, _fields=_IDS)
            for record in page.records:
                await aside(path, str(record.get("id")))
    return page._replace(records=records, pages=math.ceil(page.total / PER_PAGE))
