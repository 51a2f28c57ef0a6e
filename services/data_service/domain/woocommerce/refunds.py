"""The refunds of a page's orders, requested order by order."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final

from loguru import logger

from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.woocommerce.known_fields import REFUNDS, unknown_fields
from services.data_service.domain.woocommerce.order_row import ReadOrder, refund_of
from services.data_service.domain.woocommerce.take_orders import OrderPage
from services.data_service.sources.vendor import VendorAway, VendorError
from services.data_service.sources.woocommerce.shop import PER_PAGE, Shop
from services.data_service.store.shop.shop_orders import KnownOrder, ShopRefund

_TRIES: Final = 2
# Each failure may take a whole time-out: after this many the page's other orders are skipped.
_MOST_FAILED: Final = 3
_UNKNOWN: Final = KnownOrder(None, frozenset())


async def with_refunds(
    shop: Shop, page: OrderPage, known: Mapping[str, KnownOrder], hear: Callable[[], Awaitable[None]]
) -> OrderPage:
    """The page with the refunds of those orders whose refunds are not all stored.

    If only that call fails, the order is stored without them and counts as unfinished. A page may take minutes, so
    `hear` checks before each order whether to continue.

    Raises:
        VendorError: the shop answers nothing at all, or is rate limiting.
    """
    orders: list[ReadOrder] = []
    refunded: list[str] = []
    refunds: list[ShopRefund] = []
    unknown: set[str] = set()
    failed = 0
    for read in page.orders:
        order = read.order
        if read.refund_ids != known.get(order.order_id, _UNKNOWN).refund_ids:
            await hear()
            found = await _asked(shop, read) if failed < _MOST_FAILED else None
            if found is None:
                failed += 1
                orders.append(read._replace(order=order._replace(told_digest=None)))
                continue
            refunded.append(order.order_id)
            refunds += _read(found, order.order_id)
            unknown |= unknown_fields(REFUNDS, found)
        orders.append(read)
    return page._replace(
        orders=orders,
        unknown_fields={**page.unknown_fields, REFUNDS: unknown},
        refunded=tuple(refunded),
        refunds=tuple(refunds),
        recounted=_recounted(orders, known),
    )


def _recounted(orders: list[ReadOrder], known: Mapping[str, KnownOrder]) -> tuple[datetime, ...]:
    """The times of creation of orders that are or were unfinished; a shop may change such a time."""
    times = [read.order.created_at for read in orders if read.order.told_digest is None]
    for read in orders:
        before = known.get(read.order.order_id, _UNKNOWN)
        if before.told_digest is None and before.created_at is not None:
            times += [before.created_at, read.order.created_at]
    return tuple(times)


async def _asked(shop: Shop, read: ReadOrder) -> list[dict[str, Any]] | None:
    """An order's refunds; None if the shop answers for the order but not for them."""
    order_id = read.order.order_id
    if not read.refund_ids:
        return []
    for _ in range(_TRIES):
        try:
            page = await shop.page(f"orders/{order_id}/refunds", per_page=PER_PAGE)
        except VendorError as error:
            if isinstance(error, VendorAway) and error.retry_after is not None:
                raise
            logger.warning("woocommerce: no refunds of order {}: {}", order_id, error.reason)
            await shop.one(f"orders/{order_id}")
        else:
            return page.records
    return None


def _read(records: list[dict[str, Any]], order_id: str) -> list[ShopRefund]:
    refunds: list[ShopRefund] = []
    for record in records:
        try:
            refunds.append(refund_of(record, order_id))
        except Rejected as rejected:
            logger.warning("woocommerce: a refund of order {}: not read: {}", order_id, rejected.reason)
    return refunds
