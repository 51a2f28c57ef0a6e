import asyncio

import pytest
from facebook_business.api import FacebookAdsApi

from tests.data_service.harness import Data
from tests.data_service.meta_ads.connected import account_day, connected, served
from tests.standins.meta_ads.made import made_account

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_two_tenants_that_sync_at_once_never_mix(data: Data):
    first, last = account_day(30), account_day()
    accounts = [
        made_account("1001", "token-a", campaigns=5, seed=1, first=first, last=last),
        made_account("2002", "token-b", campaigns=4, seed=2, currency="EUR", first=first, last=last),
    ]
    with served(*accounts) as (world, url):
        both = [await connected(data, world, url, account) for account in accounts]
        await asyncio.gather(*(one.sync() for one in both for _ in range(3)))
        for one in both:
            figures = await one.figures()
            assert figures.keys() == one.told(account_day(27), account_day())
            said = one.account.figures
            assert all(figures[key][0] == int(said[key[0], key[1].isoformat()]["impressions"]) for key in figures)
    assert FacebookAdsApi.get_default_api() is None


async def test_a_token_reads_no_account_but_its_own(data: Data):
    first, last = account_day(3), account_day()
    accounts = [made_account(number, f"token-{number}", first=first, last=last) for number in ("1001", "2002")]
    with served(*accounts) as (world, url):
        one = await connected(data, world, url, accounts[0])
        one.token = "token-2002"
        [finding] = await one.test()
        assert not finding.ok
        assert "Check the account's number" in finding.text
