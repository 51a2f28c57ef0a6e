"""`python -m tests.standins.ga4 --port N`: a shop's property, and the agencies where their reports are at hand."""

import argparse
import threading
from pathlib import Path

from tests.standins.ga4.server import Ga4Standin
from tests.standins.ga4.shop import CUSTOM_DIMENSIONS, shop
from tests.standins.ga4.usagov import AGENCIES, agency


def main() -> None:
    """Serve until the process is ended."""
    options = argparse.ArgumentParser(description="A stand-in for the GA4 Data API, gRPC in plain text.")
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--property", default="123456789", help="the shop's number")
    options.add_argument("--days", type=int, default=60)
    options.add_argument("--visits", type=int, default=120, help="a day")
    options.add_argument("--usagov", type=Path, help="the folder of the agencies' reports")
    options.add_argument("--repeat", action="store_true", help="work out each answer once, for who measures")
    given = options.parse_args()
    properties = [shop(given.property, given.days, given.visits)]
    if given.usagov:
        properties.extend(agency(given.usagov, name) for name in AGENCIES)
    with Ga4Standin(*properties, port=given.port) as standin:
        standin.repeats_itself = given.repeat
        print(f"GA4_ENDPOINT={standin.endpoint}", flush=True)  # noqa: T201
        print(f"properties: {', '.join(standin.properties)}; dimensions: {', '.join(sorted(CUSTOM_DIMENSIONS))}")  # noqa: T201
        threading.Event().wait()


main()
