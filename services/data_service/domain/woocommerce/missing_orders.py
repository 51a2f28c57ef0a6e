"""Stored orders that the shop's lists lack: moved, hidden by a status, or deleted."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.data_service.domain.woocommerce.asked_alone import by_ids, by_status
from services.data_service.domain.woocommerce.reading import ShopReading
from services.data_service.sources.woocommerce.shop import PER_PAGE

# 'any' excludes the trash.
STATUSES: Final = ("any", "trash")
# A shop deletes unfinished checkouts after a day: too many to request one by one.
_DRAFTS: Final = ("auto-draft", "checkout-draft")
_ALONE: Final = "orders.alone"
_ALONE_A_NIGHT: Final = 300


async def find_missing(reading: ShopReading, missing: Mapping[str, str]) -> None:
    """Find out what became of orders that the list of status 'any' lacks: by other lists, then one by one.

    Orders found only in the list of their status, or only one by one, are remembered, so that an interrupted run
    continues and they are not requested every night. If lists failed, orders found one by one are not remembered,
    since the lists may well hold them; from then on this does not yield to other jobs.
    """
    order_ids, makes_way = list(missing), True
    for begin in range(0, len(order_ids), PER_PAGE):
        some = order_ids[begin : begin + PER_PAGE]
        found, is_answered = await find_listed(reading, some)
        for status in {missing[one] for one in some if one not in found} - {*STATUSES}:
            asked = [one for one in some if one not in found and missing[one] == status]
            hidden = await _take(reading, await by_status(reading.shop, asked, status))
            await reading.note_hidden(hidden)
            found |= hidden
        rest = [one for one in some if one not in found]
        drafts = [one for one in rest if missing[one] in _DRAFTS]
        if drafts and is_answered:
            await reading.commit_deleted(drafts)
        makes_way &= is_answered
        alone = [one for one in rest if missing[one] not in _DRAFTS]
        await _look_for(reading, alone, is_hidden=is_answered, makes_way=makes_way)


async def find_listed(reading: ShopReading, order_ids: Sequence[str]) -> tuple[set[str], bool]:
    """Store those of a hundred orders found in or outside the trash; returns which, and whether both answered."""
    lists = [await by_ids(reading.shop, "orders", order_ids, status=status) for status in STATUSES]
    found = await _take(reading, [record for records in lists for record in records or []])
    return found, None not in lists


async def _look_for(reading: ShopReading, order_ids: Sequence[str], *, is_hidden: bool, makes_way: bool) -> None:
    run = reading.run
    night, asked = str(run.today()), 0
    if run.days is None:
        kept: dict[str, Any] = await run.position(_ALONE) or {}
        asked = kept["asked"] if kept.get("night") == night else 0
        order_ids = order_ids[: max(0, _ALONE_A_NIGHT - asked)]
    async for _, is_answered in reading.look_for(order_ids, is_hidden=is_hidden):
        asked += 1
        if run.days is None:
            await reading.note(_ALONE, {"night": night, "asked": asked})
        # After three failures the rest of the hundred is skipped: the next step would count from 0 again.
        makes_way &= is_answered
        if makes_way:
            run.make_way()


async def _take(reading: ShopReading, records: list[dict[str, Any]] | None) -> set[str]:
    if not records:
        return set()
    await reading.commit_orders(records)
    return {str(record.get("id")) for record in records}
