"""`data.batch.recorded.v1`: events have been committed, or their location was resolved anew."""

from uuid import UUID

from common.events.envelope import Contract

# A device and user that were touched: user_pseudo_id, user_id, first and last event_ts in µs since 1970.
BatchKey = tuple[str | None, str | None, int, int]


class BatchRecorded(Contract, frozen=True, kw_only=True):
    """One batch of at most 10,000 rows, and exactly the rows that were new or changed.

    `counts` is by event table; `first_ts` and `last_ts` are µs since 1970, UTC; `keys` are the distinct pairs of
    device and user among the rows. Repeated rows that changed nothing are in none of them.
    """

    TYPE = "data.batch.recorded.v1"

    batch_id: UUID
    job_id: UUID | None = None
    counts: dict[str, int]
    first_ts: int
    last_ts: int
    keys: list[BatchKey]
