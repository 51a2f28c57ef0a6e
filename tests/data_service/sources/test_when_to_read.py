from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from common.clock import now
from services.data_service.domain.syncs.night_window import window_due_on
from services.data_service.domain.syncs.settle_sync import LONGEST_WAIT, outcome_of, wait_after
from services.data_service.sources.vendor import QuotaSpent, VendorAway
from services.data_service.store.syncs.sources import Source

CHICAGO = ZoneInfo("America/Chicago")


def test_the_restated_days_are_read_once_a_night_each_source_at_its_minute():
    day = datetime(2026, 3, 4, tzinfo=CHICAGO)
    yesterday = day.date() - timedelta(days=1)
    for number, minute in ((0, 0), (179, 179), (180, 0)):
        due_at = day.replace(hour=2) + timedelta(minutes=minute)
        for instant, expected in ((due_at - timedelta(seconds=1), None), (due_at, day.date())):
            assert window_due_on(UUID(int=number), CHICAGO, yesterday, instant) == expected
        # Not twice, and not missed where nobody was there at night.
        assert window_due_on(UUID(int=number), CHICAGO, day.date(), day.replace(hour=23)) is None
        assert window_due_on(UUID(int=number), CHICAGO, yesterday, day.replace(hour=23)) == day.date()
    assert window_due_on(UUID(int=0), CHICAGO, None, day) == day.date()


def test_the_wait_for_a_vendor_doubles_up_to_six_hours_and_is_never_the_same():
    away = VendorAway("away")
    for failures, minutes in ((1, 15), (2, 30), (5, 240), (6, 360), (10_000, 360)):
        waits = [wait_after(failures, away).total_seconds() / 60 for _ in range(200)]
        assert minutes / 2 <= min(waits) < max(waits) <= minutes
        assert len(set(waits)) > 100
    assert wait_after(1, VendorAway("away", retry_after=1e12)) == LONGEST_WAIT


def test_a_spent_quota_says_nothing_of_credentials_that_were_refused():
    changed_at = now()
    source = Source(
        *(
            uuid4(),
            "ga4",
            "Shop",
            {},
            None,
            "needs_attention",
            "refused",
            0,
            None,
            None,
            None,
            None,
            changed_at,
            changed_at,
        )
    )
    outcome = outcome_of(source, QuotaSpent("No tokens are left.", now()))
    assert (outcome.status, outcome.reason, outcome.next_sync_at) == ("needs_attention", "refused", None)


@pytest.mark.parametrize(
    ("read", "changed", "status"),
    [(23, 99, "active"), (25, 99, "degraded"), (25, 23, "active"), (None, 25, "degraded"), (None, 23, "active")],
)
def test_a_source_whose_quota_was_spent_for_a_whole_day_is_degraded(read: int | None, changed: int, status: str):
    changed_at = now() - timedelta(hours=changed)
    read_at = None if read is None else now() - timedelta(hours=read)
    source = Source(
        *(uuid4(), "ga4", "Shop", {}, None, "active", "", 0, read_at, None, None, None, changed_at, changed_at)
    )
    assert outcome_of(source, QuotaSpent("No tokens are left.", now())).status == status
