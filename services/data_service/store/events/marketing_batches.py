"""Publishing what a write changed in leads, contracts, ads and campaigns, in the write's own transaction."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import zip_longest
from typing import Final
from uuid import UUID, uuid4

from common.db import Connection
from common.events import publish
from common.events.contracts.data_marketing_recorded import MarketingRecorded
from common.events.pieces import in_pieces
from services.data_service.store.events.batches import close_batch

_MOST_IDS: Final = 10_000


async def announce_marketing(
    connection: Connection,
    tenant_id: UUID,
    job_id: UUID | None,
    rows: int,
    *,
    lead_days: Sequence[date] = (),
    lead_ids: Sequence[str] = (),
    ad_days: Sequence[date] = (),
    campaigns: bool = False,
    transaction_ids: Sequence[str] = (),
    ledger: bool = False,
) -> None:
    """Store a batch of `rows` recorded rows and publish it, in as many events as its leads and orders need.

    Does nothing if nothing changed.
    """
    if not (lead_days or lead_ids or ad_days or campaigns or transaction_ids or ledger):
        return
    parts = zip_longest(_pieces(lead_ids), _pieces(transaction_ids))
    for part_no, (leads, orders) in enumerate(parts):
        # Each part is a batch that an import waits for; the row count and everything but the ids go into the first.
        is_first = part_no == 0
        batch_id = uuid4()
        await close_batch(connection, tenant_id, batch_id, job_id, rows if is_first else 0)
        event = MarketingRecorded(
            batch_id=batch_id,
            job_id=job_id,
            lead_days=_iso(lead_days) if is_first else [],
            lead_ids=leads or [],
            ad_days=_iso(ad_days) if is_first else [],
            campaigns=campaigns and is_first,
            transaction_ids=orders or [],
            ledger=ledger and is_first,
        )
        await publish(connection, "data", event, tenant_id)


def _iso(days: Sequence[date]) -> list[str]:
    return [day.isoformat() for day in days]


def _pieces(ids: Sequence[str]) -> Iterator[list[str]]:
    for first in range(0, max(len(ids), 1), _MOST_IDS):
        yield from in_pieces(list(ids[first : first + _MOST_IDS]))
