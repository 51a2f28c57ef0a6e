"""Reading a shop's objects by their ids: a hundred in a list, and one by one those that no list holds."""

from collections.abc import AsyncGenerator, Sequence
from random import sample
from typing import Any, Final, NamedTuple

from loguru import logger

from services.data_service.sources.vendor import NeedsAttention, VendorAway, VendorError
from services.data_service.sources.woocommerce.shop import PER_PAGE, Shop

# Each failure may take a whole time-out.
_MOST_FAILED: Final = 3


class Alone(NamedTuple):
    """An object requested alone; `record` is None if the shop has none, or did not answer."""

    thing_id: str
    record: dict[str, Any] | None = None
    is_answered: bool = False


async def by_ids(shop: Shop, path: str, ids: Sequence[str], **filters: str) -> list[dict[str, Any]] | None:
    """Up to a hundred objects from a list; None if the list fails, as a single broken object may cause.

    Raises:
        VendorError: the key is refused, or the shop is rate limiting.
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
    """Those of up to a hundred orders that have a status, which may be one of a removed plugin."""
    try:
        return await by_ids(shop, "orders", ids, status=status)
    except NeedsAttention as refused:
        logger.info("woocommerce: no orders of status {}: {}", status, refused.reason)
        return None


async def ask_alone(shop: Shop, path: str, ids: Sequence[str]) -> AsyncGenerator[Alone]:
    """Request objects one by one; a failure delays none of the others. After three failures the rest is not requested
    and counts as unanswered too.

    The order is random, so that the same three failures do not block the others every time.

    Raises:
        VendorError: the shop answers nothing at all, or is rate limiting.
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
            # Only the id of its newest object is requested: the rest of it may be what breaks every answer.
            await shop.page(path, per_page=1, _fields="id")
            failed += 1
            yield Alone(thing_id)
        else:
            yield Alone(thing_id, record, is_answered=True)
