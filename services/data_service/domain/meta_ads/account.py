"""The ad account that is read: its currency, time zone and status."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from common.clock import now
from services.data_service.domain.syncs.sync_run import SourceAccess
from services.data_service.domain.syncs.vendor_place import vendor_place
from services.data_service.sources.meta_ads.account_reader import AccountReader, reading
from services.data_service.sources.vendor import VendorAway

PLATFORM = "meta"


class Account(NamedTuple):
    """An ad account. Meta reports in its currency and by days of its time zone."""

    account_id: str
    name: str
    currency: str
    zone: ZoneInfo
    status: int

    def today(self) -> date:
        """Today's date in the account's time zone."""
        return now().astimezone(self.zone).date()


@asynccontextmanager
async def reading_account(access: SourceAccess) -> AsyncGenerator[AccountReader]:
    """Open a source's account with the source's own token."""
    account_id = str(access.config["account_id"])
    url = vendor_place(access, account_id, access.service.settings.meta_graph_url)
    async with reading(url, account_id, access.secrets["access_token"]) as reader:
        yield reader


async def read_account(reader: AccountReader) -> Account:
    """The account's current fields.

    Raises:
        VendorError: it cannot be read.
    """
    node = await reader.account()
    return account_of(node)


def account_of(node: dict[str, Any]) -> Account:
    """Parse an account's fields.

    Raises:
        VendorAway: a field is missing, or the time zone is unknown.
    """
    try:
        zone = ZoneInfo(node["timezone_name"])
        return Account(
            str(node["account_id"]), str(node.get("name", "")), str(node["currency"]), zone, int(node["account_status"])
        )
    except (KeyError, TypeError, ValueError, ZoneInfoNotFoundError):
        raise VendorAway("Meta does not say the ad account's currency, time zone or status as documented") from None
