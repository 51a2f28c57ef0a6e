"""Things that a shop is asked for by their ids: a hundred in a list, and one by one what no list holds."""

from collections.abc import AsyncGenerator, Sequence
from random import sample
from typing import Any, Final, NamedTuple

from loguru import logger

from services.data_service.sources.vendor import NeedsAttention, VendorAway, VendorError
from services.data_service.sources.woocommerce.shop import PER_PAGE, Shop

# Each may have been waited for to its time-out.
_MOST_FAILED: Final = 3


class Alone(NamedTuple):
    """A thing that was asked for alone; `record` is None where the shop has none, or did not answer."""

    thing_id: str
    record: dict[str, Any] | None = None
    is_answered: bool = False


async def by_ids(shop: Shop, path: str, ids: Sequence[str], **filters: str) -> list[dict[str, Any]] | None:
    """Those of a hundred things that a list holds; None where it is not answered, as one of them may break it.

    Raises:
        VendorError: the key is refused, or the shop asks for fewer calls.
    """
    try:
        page = await shop.page(path, include=",".join(ids), per_page=PER_PAGE, **filters)
    except VendorAway as away:
        if away.retry_after is not None:
            raise
        logger.warning("woocommerce: no list of {} {}: {}", len(ids), path, away.reason)
        return None
    return page.records


async def by_status(shop: Shop, ids: Sequence[str], status: str) -> list[dict[str, Any]] | None:
    """Those of a hundred orders that have a status, which a plugin may have brought and taken away again."""
    try:
        return await by_ids(shop, "orders", ids, status=status)
    except NeedsAttention as refused:
        logger.info("woocommerce: no orders of status {}: {}", status, refused.reason)
        return None


async def ask_alone(shop: Shop, path: str, ids: Sequence[str]) -> AsyncGenerator[Alone]:
    """Ask for things one by one. What is not answered holds up nothing else; after three such the rest is not asked,
    and counts as not answered too.

    They are asked in any order, so that the same three do not stand before the others every time.

    Raises:
        VendorError: the shop answers nothing else either, or asks for fewer calls.
    """
    failed = 0
    for thing_id in sample(ids, len(ids)):
        if failed >= _MOST_FAILED:
            yield Alone(thing_id)
            continue
        try:
            record = await shop.one(f"{path}/{thing_id}")
        except VendorError as error:
            if isinstance(error, VendorAway) and error.retry_after is not None:
                raise
            logger.warning("woocommerce: no answer of {} {}: {}", path, thing_id, error.reason)
            # (Of its newest thing the id alone: that may be what breaks every answer.)
            await shop.page(path, per_page=1, _fields="id")
            failed += 1
            yield Alone(thing_id)
        else:
            yield Alone(thing_id, record, is_answered=True)
