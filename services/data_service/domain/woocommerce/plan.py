"""Estimating what reading a shop's orders of some days takes."""

import math
import time
from datetime import date, timedelta
from typing import Final

from services.data_service.domain.backfill.backfill_plan import BackfillPlan, Lost
from services.data_service.domain.syncs.sync_run import SourceAccess
from services.data_service.domain.woocommerce.open_reading import config_of
from services.data_service.sources.woocommerce.shop import PER_PAGE, open_shop
from services.data_service.sources.woocommerce.walk import CREATED, asked_time
from services.data_service.store.events.tenant_day import midnight

_DAYS_PER_PIECE: Final = 7
# A full page takes this much longer than one order: for the shop, the network and the database.
_FULL_PAGE: Final = 8.0


async def plan(access: SourceAccess, first: date, last: date) -> BackfillPlan:
    """Ask the shop how many orders it has of these days, and estimate from how long the answer took.

    Raises:
        VendorError
    """
    zone = access.tenant.zone
    begin, end = (asked_time(midnight(day, zone)) for day in (first, last + timedelta(days=1)))
    key, secret = access.secrets["consumer_key"], access.secrets["consumer_secret"]
    async with open_shop(access.service.settings, config_of(access).store_url, key, secret) as shop:
        began = time.monotonic()
        page = await shop.page(
            "orders", **{CREATED.after: begin, CREATED.before: end}, dates_are_gmt="true", status="any", per_page=1
        )
        took = time.monotonic() - began
    pieces = math.ceil(((last - first).days + 1) / _DAYS_PER_PIECE)
    # Each piece ends with a partly filled page.
    requests = math.ceil(page.total / PER_PAGE) + pieces
    return BackfillPlan(
        requests=requests,
        seconds=round(requests * took * _FULL_PAGE, 1),
        days_per_piece=_DAYS_PER_PIECE,
        lost=(Lost("Orders that were deleted for good before they were ever read."),),
    )
