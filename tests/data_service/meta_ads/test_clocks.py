"""Meta's clock and ours need not say the same: a day that is not over there is not complete here."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.data_service.domain.meta_ads import account
from tests.data_service.meta_ads.connected import Connected, account_day

pytestmark = pytest.mark.asyncio(loop_scope="module")

ZONE = ZoneInfo("America/Los_Angeles")
MINUTES = timedelta(minutes=3)


def midnight_before(day: date) -> datetime:
    """When a day of the account begins, as an instant."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


@pytest.mark.parametrize("hours", [0, 20, -0.1, -20])
async def test_figures_that_come_after_our_midnight_are_read_though_the_day_after_it_had_no_sync(
    meta: Connected, monkeypatch: pytest.MonkeyPatch, hours: float
):
    ahead = timedelta(hours=hours)
    campaign = meta.account.campaigns[0]["id"]
    day, after = account_day(2), account_day(1)

    async def sync_at(ours: datetime) -> str:
        """The day up to which everything is read then."""
        monkeypatch.setattr(account, "now", lambda: ours)
        meta.world.clock = lambda: ours + ahead
        await meta.sync()
        return (await meta.position("insights"))["complete_to"]

    for minutes in (-MINUTES, MINUTES):
        ours = midnight_before(after) + minutes
        meta.account.restate(campaign, day.isoformat(), impressions="100")
        over_there = (ours + ahead).astimezone(ZONE).date() - timedelta(days=1)
        assert await sync_at(ours) <= over_there.isoformat()
    for restated in (day, after):
        meta.account.restate(campaign, restated.isoformat(), impressions="250")
    await sync_at(midnight_before(after + timedelta(days=1)) + MINUTES)
    figures = await meta.figures()
    assert [figures[campaign, one][0] for one in (day, after)] == [250, 250]
