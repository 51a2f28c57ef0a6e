from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from services.data_service.domain.availability import streams_of
from services.data_service.store.availability import StreamDay

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("minutes", "hours"), [(0, "0.0"), (15, "0.3"), (195, "3.3"), (1439, "24.0")])
def test_an_age_is_rounded_half_away_from_zero(minutes: int, hours: str):
    day = StreamDay("ads", "meta", None, date(2026, 11, 1), 1, NOON - timedelta(minutes=minutes))
    [stream] = streams_of([day], {}, NOON)
    assert stream["age_hours"] == Decimal(hours)
