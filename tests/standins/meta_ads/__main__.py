"""`python -m tests.standins.meta_ads --port N [--data FOLDER]`: Meta's Graph API on this machine, until stopped."""

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.standins.meta_ads.from_files import shop_account
from tests.standins.meta_ads.made import made_account
from tests.standins.meta_ads.server import serve
from tests.standins.meta_ads.world import World


def main() -> None:
    """Serve an account made up until today, and beside it those of a folder of files."""
    parser = argparse.ArgumentParser(description="Speak the wire format of Meta's Graph API.")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--data", type=Path, help="a folder with meta_ads_*.csv")
    parser.add_argument("--campaigns", type=int, default=5, help="how many campaigns the made account has")
    asked = parser.parse_args()
    today = datetime.now(UTC).date()
    accounts = [made_account(campaigns=asked.campaigns, first=today - timedelta(days=120), last=today)]
    if asked.data is not None:
        accounts.append(shop_account(asked.data))
    serve(World(accounts, polls=0), asked.port)


if __name__ == "__main__":
    main()
