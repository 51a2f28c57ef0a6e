"""Who is asked for an account: its vendor, but for the accounts that a program of this machine answers for."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from common.settings import Settings
from common.testing.serve import serve
from services.data_service.domain.syncs.sync_run import SourceAccess
from services.data_service.domain.syncs.vendor_place import vendor_place
from services.data_service.sources.vendor import VendorError
from services.data_service.sources.woocommerce.shop import open_shop
from tests.standins.woocommerce.app import shop_app
from tests.standins.woocommerce.shop import Shop

OURS = "ga4/4242=127.0.0.1:8091, meta_ads/1001=http://127.0.0.1:8090"


@pytest.mark.parametrize(
    ("kind", "account", "place"),
    [
        ("ga4", "4242", "127.0.0.1:8091"),
        ("meta_ads", "1001", "http://127.0.0.1:8090"),
        ("ga4", "4243", "the vendor's"),
        ("ga4", "1001", "the vendor's"),
        ("meta_ads", "4242", "the vendor's"),
        ("ga4", "04242", "the vendor's"),
    ],
)
def test_only_the_accounts_that_are_named_are_asked_elsewhere(kind: str, account: str, place: str) -> None:
    source = SimpleNamespace(kind=kind)
    service = SimpleNamespace(settings=Settings(stand_ins=OURS))
    access: Any = SimpleNamespace(source=source, service=service)
    assert vendor_place(cast("SourceAccess", access), account, "the vendor's") == place


async def test_a_shop_of_this_machine_is_reached_under_its_own_name_alone() -> None:
    shop = Shop()
    shop.order()
    async with serve(shop_app(shop), tells_time=False) as url:
        settings = Settings(stand_ins=f"woocommerce/demo-77.invalid={url}", allow_private_hosts="")
        async with open_shop(settings, "https://demo-77.invalid", "ck_stand_in", "cs_stand_in") as opened:
            assert (await opened.page("orders", per_page=1)).total == 1
        asked = len(shop.calls)
        for other in (url, url.replace("http://", "https://"), "https://demo-78.invalid"):
            async with open_shop(settings, other, "ck_stand_in", "cs_stand_in") as closed:
                with pytest.raises(VendorError, match=r"not connected to|cannot be reached"):
                    await closed.page("orders", per_page=1)
    assert len(shop.calls) == asked
