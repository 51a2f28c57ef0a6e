"""`python -m tests.standins.demo --meta-ads PORT --woocommerce PORT …`: the demo company's vendors, in one process.

What they tell grows with the clock: an order every half hour, and today's advertising.
"""

import argparse
import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from tests.standins.demo.ads import demo_account, go_on
from tests.standins.demo.shop import DemoShop
from tests.standins.meta_ads.server import meta_ads
from tests.standins.meta_ads.world import AdAccount, World
from tests.standins.woocommerce.app import shop_app

_STEP_SECONDS = 30


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assortment", type=Path, required=True, help="JSON: the shop's customers and products")
    parser.add_argument("--zone", required=True, help="IANA name of the company's time zone")
    parser.add_argument("--meta-ads", type=int, required=True, help="port")
    parser.add_argument("--woocommerce", type=int, required=True, help="port")
    asked = parser.parse_args()
    account = demo_account(asked.zone, datetime.now(UTC))
    shop = DemoShop(json.loads(asked.assortment.read_text(encoding="utf-8")), datetime.now(UTC))
    with meta_ads(World([account], polls=0), asked.meta_ads):
        asyncio.run(_serve(shop, account, asked.woocommerce))


async def _serve(shop: DemoShop, account: AdAccount, port: int) -> None:
    growing = asyncio.create_task(_grow(shop, account))
    config = uvicorn.Config(shop_app(shop.shop), port=port, log_level="warning", date_header=False)
    await uvicorn.Server(config).serve()
    growing.cancel()


async def _grow(shop: DemoShop, account: AdAccount) -> None:
    while True:
        await asyncio.sleep(_STEP_SECONDS)
        shop.go_on(datetime.now(UTC))
        go_on(account, datetime.now(UTC))


if __name__ == "__main__":
    main()
