"""`python -m tests.standins.woocommerce --port N`: a shop with some orders, that takes a new one now and then."""

import argparse
import asyncio
from datetime import timedelta

import uvicorn

from tests.standins.woocommerce.app import shop_app
from tests.standins.woocommerce.shop import Shop


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--orders", type=int, default=300, help="orders of the last 30 days")
    parser.add_argument("--every", type=float, default=20, help="seconds between new orders; 0: none")
    given = parser.parse_args()
    shop = Shop()
    for number in range(given.orders):
        shop.order(shop.now() - timedelta(days=30) * (1 - number / given.orders))
    for number in range(20):
        shop.product(100 + number, f"Product {number}")
    asyncio.run(_serve(shop, given.port, given.every))


async def _serve(shop: Shop, port: int, every: float) -> None:
    selling = asyncio.create_task(_sell(shop, every))
    await uvicorn.Server(uvicorn.Config(shop_app(shop), port=port, log_level="warning", date_header=False)).serve()
    selling.cancel()


async def _sell(shop: Shop, every: float) -> None:
    while every:
        await asyncio.sleep(every)
        shop.order()


if __name__ == "__main__":
    main()
