"""`python -m tests.standins.demo --ga4 PORT --meta-ads PORT --woocommerce PORT …`: the demo company's vendors.

One process for all. What they tell grows with the clock: visits, orders, and today's advertising.
"""

import argparse
import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from tests.standins.demo.ads import DemoAds
from tests.standins.demo.shop import DemoShop
from tests.standins.demo.visits import DemoVisits
from tests.standins.ga4.server import Ga4Standin
from tests.standins.meta_ads.server import meta_ads
from tests.standins.meta_ads.world import World
from tests.standins.woocommerce.app import shop_app

_STEP_SECONDS = 30


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assortment", type=Path, required=True, help="JSON: the shop's customers and products")
    parser.add_argument("--visits", type=Path, required=True, help="gzipped rows of a GA4 export, of days to come too")
    parser.add_argument("--zone", required=True, help="IANA name of the company's time zone")
    parser.add_argument("--account", required=True, help="the number of the property and of the ad account")
    for vendor in ("ga4", "meta-ads", "woocommerce"):
        parser.add_argument(f"--{vendor}", type=int, required=True, help="port")
    asked = parser.parse_args()
    at = datetime.now(UTC)
    ads = DemoAds(asked.account, asked.zone, at)
    visits = DemoVisits(asked.account, asked.visits, asked.zone, at)
    shop = DemoShop(json.loads(asked.assortment.read_text(encoding="utf-8")), at)
    with meta_ads(World([ads.account], polls=0), asked.meta_ads), Ga4Standin(visits.held, port=asked.ga4):
        asyncio.run(_serve(shop, ads, visits, asked.woocommerce))


async def _serve(shop: DemoShop, ads: DemoAds, visits: DemoVisits, port: int) -> None:
    growing = asyncio.create_task(_grow(shop, ads, visits))
    config = uvicorn.Config(shop_app(shop.shop), port=port, log_level="warning", date_header=False)
    await uvicorn.Server(config).serve()
    growing.cancel()


async def _grow(*vendors: DemoShop | DemoAds | DemoVisits) -> None:
    while True:
        await asyncio.sleep(_STEP_SECONDS)
        for vendor in vendors:
            vendor.go_on(datetime.now(UTC))


if __name__ == "__main__":
    main()
