"""What follows from how a sync ended, the same for every kind of source."""

import secrets
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from common.clock import now
from common.db import Connection
from common.events.contracts.data_source_changed import SourceChanged
from common.events.outbox import publish
from services.data_service.domain.syncs.start_sync import next_regular
from services.data_service.sources.vendor import NeedsAttention, QuotaSpent, VendorAway, VendorError
from services.data_service.store.syncs.sources import Source, get_source
from services.data_service.store.syncs.sync_schedule import Outcome, settle

# Once is chance, twice may be; from the third time in a row on people are told.
DEGRADED_FROM: Final = 3
# As long as between two syncs: a vendor that is away is not asked more often than one that answers.
_FIRST_WAIT: Final = timedelta(minutes=15)
LONGEST_WAIT: Final = timedelta(hours=6)
# Quotas and steps take their time; where a source has not been read to its end for so long, people are told.
_LATE_AFTER: Final = timedelta(days=1)
# Seconds: not all who wait for a quota are there when it begins anew.
_LEEWAY: Final = (5.0, 60.0)
_RANDOM: Final = secrets.SystemRandom()


async def settle_sync(
    connection: Connection, tenant_id: UUID, read: Source, error: VendorError | None, window_of: date | None = None
) -> None:
    """Write what became of a sync of `read` (the source as it was when the sync began), and tell of a new status.

    `window_of` is the tenant's day whose restated days were read with it.
    """
    source = await get_source(connection, tenant_id, read.source_id, lock=True)
    if source is None:
        return
    is_refused = isinstance(error, NeedsAttention) and source.updated_at != read.updated_at
    if is_refused or source.config != read.config:
        # Somebody has changed it meanwhile: what was read, or refused, is not what stands there now.
        outcome = Outcome(source.status, source.reason, source.failures, source.next_sync_at)
    else:
        outcome = outcome_of(source, error, window_of)
    await settle(connection, tenant_id, source.source_id, outcome)
    if outcome.status != source.status:
        await tell_of(connection, tenant_id, source._replace(status=outcome.status, reason=outcome.reason))


def outcome_of(source: Source, error: VendorError | None, window_of: date | None = None) -> Outcome:
    """What a sync that ended so leaves the source with."""
    if source.status == "paused":
        outcome = Outcome("paused", source.reason, source.failures, None)
    elif error is None:
        regular = next_regular(source.kind)
        outcome = Outcome("active", "", 0, min(source.next_sync_at or regular, regular))
    elif isinstance(error, NeedsAttention):
        outcome = Outcome("needs_attention", error.reason, 0, None)
    elif source.status == "needs_attention":
        # (a person asked once more, and it is not known whether they have put it right)
        outcome = Outcome(source.status, source.reason, 0, None)
    elif isinstance(error, QuotaSpent):
        # They answer: it is neither away nor wrong, for as long as it comes to its end from time to time.
        until = max(error.until, now()) + timedelta(seconds=_RANDOM.uniform(*_LEEWAY))
        since = max(source.last_sync_at or source.updated_at, source.updated_at)
        outcome = Outcome(_status_unfinished(since), error.reason, 0, until)
    else:
        failures = source.failures + 1
        status = "degraded" if failures >= DEGRADED_FROM else source.status
        outcome = Outcome(status, error.reason, failures, now() + wait_after(failures, error))
    if error is None:
        outcome = outcome._replace(read_at=now(), window_read_on=window_of)
    return outcome


async def tell_of_more(connection: Connection, tenant_id: UUID, source_id: UUID, note: str, since: datetime) -> None:
    """Say of a source that is active why not all of it is read yet; `settle_sync` says something else when it is.

    `since` is when the sync was queued that goes on and on.
    """
    source = await get_source(connection, tenant_id, source_id, lock=True)
    if source is None or source.status != "active":
        return
    status = _status_unfinished(since)
    await settle(connection, tenant_id, source_id, Outcome(status, note, source.failures, source.next_sync_at))
    if status != source.status:
        await tell_of(connection, tenant_id, source._replace(status=status, reason=note))


def _status_unfinished(since: datetime) -> str:
    """Of a source that is not away, and was not read to its end since then either."""
    return "degraded" if now() - since > _LATE_AFTER else "active"


def wait_after(failures: int, error: VendorError) -> timedelta:
    """How long a vendor is left alone: half to all of 15, 30, 60 … minutes, 6 hours at most, and as long as they ask.

    So all who were refused in the same minute come back apart, and none sooner than half a period of its schedule.
    """
    bound = min(LONGEST_WAIT, _FIRST_WAIT * 2 ** min(failures - 1, 20))
    asked = error.retry_after if isinstance(error, VendorAway) and error.retry_after else 0
    # (those who were all asked to wait the same time do not come back in the same second either)
    longest = bound.total_seconds()
    wait = max(_RANDOM.uniform(longest / 2, longest), asked * _RANDOM.uniform(1, 1.1))
    return timedelta(seconds=min(wait, LONGEST_WAIT.total_seconds()))


async def tell_of(connection: Connection, tenant_id: UUID, source: Source) -> None:
    """Tell the other services how a source fares now."""
    await publish(
        connection,
        "data",
        SourceChanged(
            source_id=source.source_id,
            kind=source.kind,
            name=source.name,
            status=source.status,  # pyright: ignore[reportArgumentType] -- one of those, by the table's check
            reason=source.reason,
        ),
        tenant_id,
    )
