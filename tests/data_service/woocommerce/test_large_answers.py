"""What a shop may send is bounded before anything is made of it, and is read beside the event loop."""

import gzip
import threading
from typing import Any

import pytest

from services.data_service.domain.woocommerce import reading
from services.data_service.sources.vendor import VendorAway
from services.data_service.sources.woocommerce import shop as calls
from tests.data_service.woocommerce.shop_bed import ShopBed
from tests.standins.woocommerce.shop import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")
MEGABYTE = 1 << 20
# 17 MB in 17 kB; packed once more, in some hundred bytes.
BLANKS = gzip.compress(b"[" + b" " * (17 * MEGABYTE) + b"]")


@pytest.mark.parametrize(
    ("body", "encoding", "said"),
    [
        (b"[" + b",".join([b"{}"] * 101) + b"]", "", "101 records where at most 100 were asked for"),
        (b'[{"meta_data": [' + b",".join([b"{}"] * 600_000) + b"]}]", "", "more than 1,000,000 values"),
        (b"[" + b" " * (17 * MEGABYTE) + b"]", "", "more than 16 MB"),
        (BLANKS, "gzip", "more than 16 MB"),
        (gzip.compress(BLANKS), "gzip, gzip", "packed in another way"),
        (b"no gzip", "gzip", "cannot be unpacked"),
    ],
    ids=["records", "values", "plain", "packed", "packed twice", "not packed"],
)
async def test_an_answer_that_is_too_large_is_refused_and_the_next_one_read(
    bed: ShopBed, body: bytes, encoding: str, said: str
):
    bed.shop.order()
    bed.shop.faults.append(Fault("body", "orders", body=body, encoding=encoding))
    with pytest.raises(VendorAway, match=said):
        await bed.sync()
    await bed.sync()
    assert len(await bed.orders()) == 1


async def test_an_answer_that_is_packed_as_asked_for_is_read(bed: ShopBed):
    bed.shop.faults.append(Fault("body", "orders", body=gzip.compress(b"[]"), encoding="gzip"))
    assert await bed.sync() == {}


async def test_a_count_of_four_hundred_digits_is_no_count(bed: ShopBed):
    bed.shop.faults.append(Fault("body", "orders", body=b"[]", total="9" * 400))
    with pytest.raises(VendorAway, match="no x-wp-total header"):
        await bed.sync()


async def test_pages_are_read_beside_the_event_loop(bed: ShopBed, monkeypatch: pytest.MonkeyPatch):
    threads: set[str] = set()

    def noted(work: Any) -> Any:
        def noting(*given: Any) -> Any:
            threads.add(threading.current_thread().name.rpartition("_")[0])
            return work(*given)

        return noting

    monkeypatch.setattr(calls, "_decode", noted(calls._decode))  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(reading, "read_orders", noted(reading.read_orders))
    bed.shop.order()
    await bed.sync()
    assert threads == {"read-shop"}
