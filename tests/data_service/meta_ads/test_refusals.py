import asyncio
import io
import logging
import traceback
from datetime import timedelta
from uuid import uuid4

import pytest
from loguru import logger

from common.clock import now
from services.data_service.sources.meta_ads import graph
from services.data_service.sources.vendor import NeedsAttention, QuotaSpent, VendorAway, VendorError
from tests.data_service.meta_ads.connected import Connected, account_day
from tests.standins.meta_ads.refusals import usage_of_business
from tests.standins.meta_ads.world import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMITS = ["app_limit", "user_limit", "account_limit", "business_limit"]
AWAY = ["unknown_error", "service_down", "html", "html_error", "hang_up", "broken_off", "no_data", "bad_parameter"]
REFUSED = ["expired_token", "malformed_token", "no_permission", "no_ads_permission", "no_object"]


@pytest.mark.parametrize("kind", LIMITS)
async def test_each_limit_of_calls_ends_the_sync_until_it_is_over(meta: Connected, kind: str):
    meta.world.faults.append(Fault(kind, "/campaigns"))
    with pytest.raises(QuotaSpent) as spent:
        await meta.sync()
    minutes = 19 if kind == "business_limit" else 15
    assert abs(spent.value.until - now() - timedelta(minutes=minutes)) < timedelta(seconds=20)


@pytest.mark.parametrize(
    ("header", "value", "minutes"),
    [
        ("X-Business-Use-Case-Usage", usage_of_business(7), 7),
        ("X-Business-Use-Case-Usage", usage_of_business(0, percent=92), 15),
        ("X-App-Usage", '{"call_count": 95, "total_time": 25, "total_cputime": 25}', 15),
        ("X-Ad-Account-Usage", '{"acc_id_util_pct": 96.5, "reset_time_duration": 120}', 2),
        ("X-Fb-Ads-Insights-Throttle", '{"app_id_util_pct": 12, "acc_id_util_pct": 100}', 15),
    ],
)
async def test_no_call_is_made_once_an_answer_says_that_the_limit_is_near(
    meta: Connected, header: str, value: str, minutes: int
):
    meta.world.usage[header] = value
    with pytest.raises(QuotaSpent) as spent:
        await meta.sync()
    assert len(meta.world.asked) == 1
    assert abs(spent.value.until - now() - timedelta(minutes=minutes)) < timedelta(seconds=20)


@pytest.mark.parametrize("value", [usage_of_business(0, percent=60), usage_of_business(30, kind="pages"), "no json"])
async def test_a_limit_that_is_far_or_another_s_or_unreadable_stops_nothing(meta: Connected, value: str):
    meta.world.usage["X-Business-Use-Case-Usage"] = value
    await meta.sync()
    assert len(await meta.figures()) == 3 * 28


@pytest.mark.parametrize("kind", AWAY)
@pytest.mark.parametrize("path", ["act_1001", "/campaigns", "/insights"])
async def test_an_answer_that_is_none_is_an_outage_and_the_next_sync_makes_it_good(
    meta: Connected, kind: str, path: str
):
    meta.world.faults.append(Fault(kind, path))
    with pytest.raises(VendorAway):
        await meta.sync()
    await meta.sync()
    assert (await meta.figures()).keys() == meta.told(account_day(27), account_day())
    assert await meta.position("insights") == {"complete_to": account_day(2).isoformat()}


async def test_a_vendor_that_never_answers_is_not_waited_for_forever(meta: Connected, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(graph, "TIMEOUTS", (0.2, 0.2))
    meta.world.faults.append(Fault("time_out", "/campaigns"))
    with pytest.raises(VendorAway, match="in time"):
        await meta.sync()


async def test_an_answer_that_trickles_in_is_cut_off(meta: Connected, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(graph, "SECONDS", 1.0)
    meta.world.faults.append(Fault("trickle", "/campaigns"))
    async with asyncio.timeout(30):
        with pytest.raises(VendorAway, match="in time"):
            await meta.sync()
    monkeypatch.undo()
    await meta.sync()


async def test_a_redirect_is_not_followed(meta: Connected):
    meta.world.faults.append(Fault("redirect", "/campaigns"))
    with pytest.raises(VendorAway):
        await meta.sync()
    assert meta.asked("/elsewhere") == []


@pytest.mark.parametrize("kind", REFUSED)
async def test_what_a_person_must_put_right_is_said_in_plain_words(meta: Connected, kind: str):
    meta.world.faults.append(Fault(kind, "act_1001"))
    with pytest.raises(NeedsAttention) as refused:
        await meta.sync()
    assert any(word in refused.value.reason for word in ("enter it here", "Give it", "give the token"))


async def test_a_token_that_expires_in_the_middle_keeps_what_was_read(meta: Connected):
    meta.world.row_limit = 3 * 7
    meta.world.faults.append(Fault("expired_token", "act_1001/insights", after=3))
    with pytest.raises(NeedsAttention, match="expired"):
        await meta.sync((account_day(29), account_day()))
    assert (await meta.figures()).keys() == meta.told(account_day(29), account_day(16))


async def test_a_quota_that_is_spent_in_the_middle_goes_on_in_the_same_job(meta: Connected):
    meta.world.row_limit = 3 * 7
    job_id, days = uuid4(), (account_day(29), account_day())
    meta.world.faults.append(Fault("business_limit", "act_1001/insights", after=5))
    with pytest.raises(QuotaSpent):
        await meta.sync(days, job_id)
    assert (await meta.figures()).keys() == meta.told(account_day(29), account_day(2))
    meta.world.asked.clear()
    await meta.sync(days, job_id)
    assert (await meta.figures()).keys() == meta.told(*days)
    assert len(meta.asked("act_1001/insights")) == 1


@pytest.mark.parametrize("kind", [*LIMITS, *AWAY, *REFUSED, "refused"])
async def test_the_token_is_in_no_error_and_no_log(meta: Connected, kind: str, caplog: pytest.LogCaptureFixture):
    lines = io.StringIO()
    sink = logger.add(lines, level=0, diagnose=False)
    if kind == "refused":
        settings = meta.service.settings.model_copy(update={"meta_graph_url": "http://127.0.0.1:9"})
        meta.service.settings = settings
    else:
        meta.world.faults.append(Fault(kind, "act_1001"))
    with caplog.at_level(logging.INFO), pytest.raises(VendorError) as error:
        await meta.sync()
    logger.opt(exception=error.value).error("the sync ended")
    logger.remove(sink)
    told = "".join(traceback.format_exception(error.value)) + error.value.reason + caplog.text + lines.getvalue()
    assert meta.token not in told
