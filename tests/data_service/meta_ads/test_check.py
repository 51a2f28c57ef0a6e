from datetime import timedelta

import pytest

from services.data_service.domain.meta_ads.plan import plan
from tests.data_service.meta_ads.connected import Connected, account_day
from tests.standins.meta_ads.world import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_account_in_order_says_its_name_money_and_days(meta: Connected):
    findings = await meta.test()
    assert all(finding.ok for finding in findings)
    told = " ".join(finding.text for finding in findings)
    assert all(word in told for word in ("Somewhere Supply", "USD", "America/Los_Angeles", "28 days"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"account_status": 2}, "disabled"),
        ({"account_status": 3}, "bill"),
        ({"permissions": {"ads_read": "declined"}}, "lacks the permission ads_read"),
        ({"permissions": {}}, "lacks the permission ads_read"),
    ],
)
async def test_what_is_wrong_with_the_account_is_said_with_what_to_do(
    meta: Connected, fields: dict[str, object], words: str
):
    vars(meta.account).update(fields)
    [wrong] = [finding for finding in await meta.test() if not finding.ok]
    assert words in wrong.text


@pytest.mark.parametrize(
    ("kind", "words"),
    [("expired_token", "Make a new one"), ("business_limit", "Try again after"), ("html", "Try again later")],
)
async def test_a_test_that_fails_says_why(meta: Connected, kind: str, words: str):
    meta.world.faults.append(Fault(kind, "act_1001"))
    [finding] = await meta.test()
    assert not finding.ok
    assert words in finding.text


async def test_a_plan_says_what_meta_no_longer_keeps_and_asks_nobody(meta: Connected):
    first = account_day() - timedelta(days=4 * 365)
    made = await plan(await meta.access(), first, account_day(1))
    [lost] = made.lost
    assert "37 months" in lost.text
    assert lost.first == first
    assert lost.last is not None
    assert 1_120 < (account_day() - lost.last).days < 1_130
    assert made.days_per_piece == 30
    assert made.requests > 38
    assert meta.world.asked == []
