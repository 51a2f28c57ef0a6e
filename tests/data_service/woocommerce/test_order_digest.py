from typing import Any

import pytest

from services.data_service.domain.syncs.source_settings import WooCommerceConfig
from services.data_service.domain.woocommerce.order_digest import digest_of_settings, with_digests
from tests.standins.woocommerce.records import order_record
from tests.standins.woocommerce.shop import Shop

ORDER = order_record(7, Shop().now())


def config(**given: Any) -> WooCommerceConfig:
    return WooCommerceConfig(store_url="https://shop.example", **given)


def digest(record: dict[str, Any], **given: Any) -> bytes:
    [told] = with_digests([record], config(**given))
    assert told.order_id == "7"
    assert told.digest.startswith(digest_of_settings(config(**given)))
    return told.digest


@pytest.mark.parametrize(
    ("record", "given", "is_same"),
    [
        ({}, {}, True),
        ({}, {"transaction_id": "id", "item_id": "id"}, True),
        ({"status": "completed"}, {}, False),
        ({"meta_data": [{"key": "a", "value": "b"}]}, {}, False),
        ({}, {"transaction_id": "number"}, False),
        ({}, {"transaction_prefix": "a"}, False),
        ({}, {"customer_prefix": "a"}, False),
        ({}, {"item_id": "sku"}, False),
    ],
)
def test_an_order_is_told_anew_where_the_shop_or_the_settings_say_otherwise(
    record: dict[str, Any], given: dict[str, Any], *, is_same: bool
):
    assert (digest(ORDER | record, **given) == digest(dict(ORDER))) is is_same
