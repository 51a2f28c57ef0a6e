"""Each test has a company and a shop of its own."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.data_service.harness import Data
from tests.data_service.unhurried import unhurried
from tests.data_service.woocommerce.shop_bed import ShopBed, shop_bed

__all__ = ["unhurried"]


@pytest_asyncio.fixture(loop_scope="module")
async def bed(data: Data) -> AsyncIterator[ShopBed]:
    async with shop_bed(data) as made:
        yield made
