"""What follows from the outcome of a sync, for every kind of source."""

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

# People are informed from the third failure in a row on.
DEGRADED_FROM: Final = 3
# The regular interval: a vendor that is away is not called more often than one that answers.
_FIRST_WAIT: Final = timedelta(minutes=15)
LONGEST_WAIT: Final = timedelta(hours=6)
# Quotas and steps may delay a sync. After this time without a complete one, people are informed.
_LATE_AFTER: Final = timedelta(days=1)
# Seconds, at random, so that not everyone calls at the moment that a quota is renewed.
_LEEWAY: Final = (5.0, 60.0)
_RANDOM: Final = secrets.SystemRandom()


async def settle_sync(
    connection: Connection, tenant_id: UUID, read: Source, error: VendorError | None, window_of: date | None = None
) -> None:
    """Store the outcome of a sync, and publish a changed status.

    `read` is the source as it was when the sync began, `window_of` the tenant's day whose restated days were read.
    """
    source = await get_source(connection, tenant_id, read.source_id, lock=True)
    if source is None:
        return
    is_refused = isinstance(error, NeedsAttention) and source.updated_at != read.updated_at
    if is_refused or source.config != read.config:
        # It was changed meanwhile: the outcome is not that of its present settings.
        outcome = Outcome(source.status, source.reason, source.failures, source.next_sync_at)
    else:
        outcome = outcome_of(source, error, window_of)
    await settle(connection, tenant_id, source.source_id, outcome)
    if outcome.status != source.status:
        await tell_of(connection, tenant_id, source._replace(status=outcome.status, reason=outcome.reason))


def outcome_of(source: Source, error: VendorError | None, window_of: date | None = None) -> Outcome:
    """The new state of a source after a sync."""
    if source.status == "paused":
        outcome = Outcome("paused", source.reason, source.failures, None)
    elif error is None:
        regular = next_regular(source.kind)
        outcome = Outcome("active", "", 0, min(source.next_sync_at or regular, regular))
    elif isinstance(error, NeedsAttention):
        outcome = Outcome("needs_attention", error.reason, 0, None)
    elif source.status == "needs_attention":
        # (Somebody requested this sync; whether the problem is solved is still unknown.)
        outcome = Outcome(source.status, source.reason, 0, None)
    elif isinstance(error, QuotaSpent):
        # The vendor answers, so the source is fine as long as a sync is completed from time to time.
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
    """Store why an active source is not completely read yet. `settle_sync` replaces this when it is.

    `since` is when the sync was first queued.
    """
    source = await get_source(connection, tenant_id, source_id, lock=True)
    if source is None or source.status != "active":
        return
    status = _status_unfinished(since)
    await settle(connection, tenant_id, source_id, Outcome(status, note, source.failures, source.next_sync_at))
    if status != source.status:
        await tell_of(connection, tenant_id, source._replace(status=status, reason=note))


def _status_unfinished(since: datetime) -> str:
    """The status of a source that answers, but was not completely read since then."""
    return "degraded" if now() - since > _LATE_AFTER else "active"


def wait_after(failures: int, error: VendorError) -> timedelta:
    """The pause after a failure: half to all of 15, 30, 60 … minutes, or longer if the vendor asks; at most 6 hours.

    The randomness spreads sources that failed in the same minute.
    """
    bound = min(LONGEST_WAIT, _FIRST_WAIT * 2 ** min(failures - 1, 20))
    asked = error.retry_after if isinstance(error, VendorAway) and error.retry_after else 0
    # (Sources that were all asked to wait the same time do not come back in the same second either.)
    longest = bound.total_seconds()
    wait = max(_RANDOM.uniform(longest / 2, longest), asked * _RANDOM.uniform(1, 1.1))
    return timedelta(seconds=min(wait, LONGEST_WAIT.total_seconds()))


async def tell_of(connection: Connection, tenant_id: UUID, source: Source) -> None:
    """Publish the source's new status."""
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
