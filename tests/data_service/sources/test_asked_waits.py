"""What a vendor asks us to wait is believed for 25 hours at most, however it is written."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from common.clock import now
from services.data_service.sources.meta_ads.allowance import Allowance, wait_told
from services.data_service.sources.vendor import LONGEST_ASKED, QuotaSpent, VendorAway
from services.data_service.sources.woocommerce.refusals import of_answer, time_told

LONGEST = LONGEST_ASKED.total_seconds()


@pytest.mark.parametrize(
    ("asked", "believed"),
    [(None, None), (7, 7), (-7, 0), (float("nan"), 0), (float("inf"), LONGEST), (10**400, LONGEST)],
    ids=["none", "seven", "negative", "no number", "endless", "400 digits"],
)
def test_an_answer_that_asks_for_a_wait_is_believed_within_bounds(asked: float | None, believed: float | None):
    assert VendorAway("away", asked).retry_after == believed


def test_a_quota_comes_back_within_25_hours_whatever_is_said():
    for until in (datetime.max.replace(tzinfo=UTC), now() + timedelta(hours=26)):
        assert QuotaSpent("spent", until).until <= now() + LONGEST_ASKED
    soon = now() + timedelta(hours=3)
    assert QuotaSpent("spent", soon).until == soon


@pytest.mark.parametrize(
    ("header", "believed"),
    [
        ("7", 7),
        ("9" * 400, LONGEST),
        ("9" * 5000, LONGEST),
        ("Fri, 31 Dec 9999 23:59:59 -2300", LONGEST),
        ("Sat, 01 Jan 2000 00:00:00 GMT", 0),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        (f"Fri, 31 Dec 2100 23:59:59 +{'9' * 400}", None),
        ("-7", None),
        ("nan", None),
        ("", None),
    ],
)
def test_a_shops_retry_after_is_read_or_passed_over(header: str, believed: float | None):
    error = of_answer(httpx.Response(503, headers={"retry-after": header}), b"")
    assert isinstance(error, VendorAway)
    assert error.retry_after == believed


def test_a_shop_that_asks_for_fewer_calls_is_left_alone_for_a_minute_where_it_does_not_say_how_long():
    for headers, believed in (({}, 60), ({"retry-after": "nan"}, 60), ({"retry-after": "7"}, 7)):
        error = of_answer(httpx.Response(429, headers=headers), b"")
        assert isinstance(error, VendorAway)
        assert error.retry_after == believed


def test_a_date_outside_all_times_is_no_shops_clock():
    assert time_told(httpx.Response(200, headers={"date": "Fri, 31 Dec 9999 23:59:59 -2300"})) is None


@pytest.mark.parametrize("minutes", [10**400, 1e300, float("inf"), float("nan"), -5], ids=range(5))
def test_what_meta_estimates_is_a_wait_of_some_hours(minutes: Any):
    usage = {"1": [{"type": "ads_insights", "call_count": 100, "estimated_time_to_regain_access": minutes}]}
    headers = {"X-Business-Use-Case-Usage": json.dumps(usage)}
    assert timedelta() < wait_told(headers) <= LONGEST_ASKED
    allowance = Allowance()
    allowance.hear(headers)
    with pytest.raises(QuotaSpent):
        allowance.check()
