"""`python -m tests.standins.woocommerce --port N`: a shop with some orders, that takes a new one now and then.

Port 0 is a free one. The first line that it prints is its address.
"""

import argparse
import asyncio
import socket
import sys
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
    parser.add_argument("--think", type=float, default=0, help="seconds that each answer takes")
    given = parser.parse_args()
    shop = Shop(thinks=given.think)
    for number in range(given.orders):
        shop.order(shop.now() - timedelta(days=30) * (1 - number / given.orders))
    for number in range(20):
        shop.product(100 + number, f"Product {number}")
    asyncio.run(_serve(shop, given.port, given.every))


async def _serve(shop: Shop, port: int, every: float) -> None:
    listening = socket.socket(proto=socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", port))
    sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    selling = asyncio.create_task(_sell(shop, every))
    config = uvicorn.Config(shop_app(shop), log_level="warning", date_header=False)
    await uvicorn.Server(config).serve(sockets=[listening])
    selling.cancel()


async def _sell(shop: Shop, every: float) -> None:
    while every:
        await asyncio.sleep(every)
        shop.order()


if __name__ == "__main__":
    main()
