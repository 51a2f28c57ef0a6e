from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from common.testing.cluster import MigratedDatabase
from services.data_service.store.ads.campaigns import KeptInStep
from tests.data_service.ads import ACCOUNT, Advertiser, advertiser, platform_campaign

FROM_A_FILE: dict[str, Any] = {
    **dict.fromkeys(("budget", "start_date", "end_date")),
    "account_id": "",
    "status": "active",
    "settings": {},
}


@pytest.fixture
async def shop(database: MigratedDatabase) -> AsyncIterator[Advertiser]:
    async with advertiser(database) as made:
        yield made


async def made_by_hand(shop: Advertiser, name: str, **columns: Any) -> UUID:
    """A campaign that a member made."""
    columns = {"tenant_id": shop.tenant_id, "platform": "meta", "name": name, **columns}
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    campaign_id: Any = await shop.admin.fetchval(
        f"insert into data.campaign ({', '.join(columns)}) values ({places}) returning campaign_id", *columns.values()
    )
    return campaign_id


async def test_what_the_platform_says_wins_and_what_members_set_stays(shop: Advertiser):
    source, member, team = await shop.connect_source(), uuid4(), uuid4()
    assert await shop.keep([platform_campaign(), platform_campaign("C2")], source) == KeptInStep(2, 0)
    await shop.admin.execute(
        'update data.campaign set user_id = $2, team_id = $3, settings = \'{"note": "ours"}\''
        " where tenant_id = $1 and external_id = 'C1'",
        *(shop.tenant_id, member, team),
    )
    renamed = platform_campaign(
        name="Renamed", status="paused", budget=Decimal(5), end_date=date(2026, 12, 1), settings={"objective": "SALES"}
    )
    assert await shop.keep([renamed, platform_campaign("C2")], source) == KeptInStep(0, 1)
    kept = next(one for one in await shop.campaigns() if one["external_id"] == "C1")
    assert (kept["name"], kept["status"], kept["budget"], kept["end_date"]) == (
        *("Renamed", "paused", 5, date(2026, 12, 1)),
    )
    assert kept["platform_settings"] == '{"objective": "SALES"}'
    assert (kept["user_id"], kept["team_id"], kept["settings"]) == (member, team, '{"note": "ours"}')


async def test_campaigns_that_are_in_step_are_not_written(shop: Advertiser):
    source = await shop.connect_source()
    page = [platform_campaign(str(number)) for number in range(20)]
    await shop.keep(page, source)
    before = await shop.versions("campaign")
    assert await shop.keep(page, source) == KeptInStep(0, 0)
    assert await shop.versions("campaign") == before


async def test_what_a_platform_says_oddly_is_kept_as_far_as_it_makes_sense(shop: Advertiser):
    odd = platform_campaign(name="  ", budget=Decimal(-1), end_date=date(2026, 10, 1))
    await shop.keep([odd], await shop.connect_source())
    [kept] = await shop.campaigns()
    assert (kept["name"], kept["budget"], kept["start_date"], kept["end_date"]) == ("C1", 0, date(2026, 11, 1), None)


async def test_a_campaign_made_by_hand_is_taken_up_by_its_name_once(shop: Advertiser):
    by_hand = await made_by_hand(shop, "SPRING sale", user_id=uuid4())
    await made_by_hand(shop, "Spring Sale", platform="google")
    source = await shop.connect_source()
    page = [platform_campaign("C1", name="Spring Sale"), platform_campaign("C2", name="Spring Sale")]
    assert await shop.keep(page, source) == KeptInStep(1, 1)
    on_meta = [one for one in await shop.campaigns() if one["platform"] == "meta"]
    assert sorted(one["external_id"] for one in on_meta) == ["C1", "C2"]
    taken_up = next(one for one in on_meta if one["campaign_id"] == by_hand)
    assert (taken_up["external_id"], taken_up["account_id"], taken_up["user_id"] is None) == ("C1", ACCOUNT, False)
    assert await shop.keep(page, source) == KeptInStep(0, 0)


@pytest.mark.parametrize("named", ["C1", "campaign c1"], ids=["by its id", "by its name"])
async def test_a_campaign_of_a_file_is_taken_up_by_its_source(shop: Advertiser, named: str):
    await shop.keep([platform_campaign(named, name="Campaign C1", **FROM_A_FILE)], None)
    assert await shop.keep([platform_campaign()], await shop.connect_source()) == KeptInStep(0, 1)
    [kept] = await shop.campaigns()
    assert (kept["account_id"], kept["external_id"], kept["budget"]) == (ACCOUNT, "C1", 300)


async def test_a_file_changes_nothing_of_a_connected_campaign_and_makes_none_beside_it(shop: Advertiser):
    await shop.keep([platform_campaign()], await shop.connect_source())
    before = await shop.versions("campaign")
    of_a_file = [
        platform_campaign("C1", name="In the file", **FROM_A_FILE),
        platform_campaign("CAMPAIGN C1", name="CAMPAIGN C1", **FROM_A_FILE),
        platform_campaign("C1", name="In the file", **(FROM_A_FILE | {"account_id": ACCOUNT})),
    ]
    assert await shop.keep(of_a_file, None) == KeptInStep(0, 0)
    assert await shop.versions("campaign") == before


async def test_a_file_renames_its_campaign_and_leaves_what_members_set(shop: Advertiser):
    await shop.keep([platform_campaign(name="Spring", **FROM_A_FILE)], None)
    await shop.admin.execute(
        "update data.campaign set status = 'completed', budget = 70 where tenant_id = $1", shop.tenant_id
    )
    assert await shop.keep([platform_campaign(name="Spring 26", **FROM_A_FILE)], None) == KeptInStep(0, 1)
    [kept] = await shop.campaigns()
    assert (kept["name"], kept["status"], kept["budget"]) == ("Spring 26", "completed", 70)


async def test_an_older_file_does_not_rename_a_campaign_back(shop: Advertiser):
    for day, name, stands in ((10, "New", "New"), (5, "Old", "New"), (10, "Fixed", "Fixed"), (12, "Newest", "Newest")):
        named = platform_campaign(name=name, named_on=date(2026, 11, day), **FROM_A_FILE)
        await shop.keep([named], None)
        assert [one["name"] for one in await shop.campaigns()] == [stands]
        assert await shop.keep([named], None) == KeptInStep(0, 0)


async def test_files_that_know_a_campaign_by_more_or_less_make_it_once(shop: Advertiser):
    named = platform_campaign("lamps", name="Lamps", **FROM_A_FILE)
    no_account = platform_campaign("901", name="Lamps", **FROM_A_FILE)
    whole = platform_campaign("901", name="Lamps", **(FROM_A_FILE | {"account_id": ACCOUNT}))
    for told, expected in (
        (named, (1, 0)),
        (no_account, (0, 1)),
        (whole, (0, 1)),
        (no_account, (0, 0)),
        (named, (0, 0)),
    ):
        assert await shop.keep([told], None) == expected
    twin = platform_campaign("902", name="Lamps", **FROM_A_FILE)
    assert await shop.keep([twin, named], None) == KeptInStep(1, 0)
    assert {one["external_id"] for one in await shop.campaigns()} == {"901", "902"}


async def test_a_campaign_whose_source_is_no_more_goes_with_the_next_source_of_its_account(shop: Advertiser):
    gone = await shop.connect_source()
    await shop.keep([platform_campaign()], gone)
    await shop.admin.execute("delete from data.source where source_id = $1", gone)
    source = await shop.connect_source()
    assert await shop.keep([platform_campaign()], source) == KeptInStep(0, 1)
    assert [one["source_id"] for one in await shop.campaigns()] == [source]
