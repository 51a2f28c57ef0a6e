"""Calls to one shop: a page of a list, or one thing."""

import asyncio
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from time import monotonic
from typing import Any, Final, NamedTuple, cast

import httpx
import msgspec

from common.outbound.guard import Guard
from common.outbound.http_client import outbound_client
from common.outbound.url import UrlRefused, place_of
from common.settings import Settings
from common.stand_ins import stand_in_places
from services.data_service.sources.vendor import NeedsAttention, VendorAway
from services.data_service.sources.woocommerce import refusals
from services.data_service.sources.woocommerce.reader_threads import in_thread

PER_PAGE: Final = 100
_API: Final = "/wp-json/wc/v3/"
_MOST_BYTES: Final = 16 << 20
# A value costs up to 100 bytes and more, however short its text.
_MOST_VALUES: Final = 1_000_000
_MOST_DIGITS: Final = 9
SECONDS = 120.0
# What fails sooner may be of a moment: a patient reader asks once more after a pause.
AT_ONCE: Final = 10.0
PAUSE = 1.0
_GZIP: Final = 31
_ENCODING: Final = {"accept-encoding": "gzip"}
_decode: Final = msgspec.json.Decoder(float_hook=Decimal).decode


class ShopPage(NamedTuple):
    """One page of a list. `total` and `pages` are what the shop says of the whole list, `shop_time` its clock."""

    records: list[dict[str, Any]]
    total: int
    pages: int
    shop_time: datetime | None


class Shop:
    """A shop's API with its key. Every call raises a `VendorError` where the shop does not answer as documented."""

    def __init__(
        self, http: httpx.AsyncClient, store_url: str, key: str, secret: str, *, is_patient: bool = False
    ) -> None:
        self._http = http
        self._base = store_url.rstrip("/") + _API
        self._auth = httpx.BasicAuth(key, secret)
        self._is_patient = is_patient
        # What its clock said last, where it says that.
        self.time_told: datetime | None = None

    async def page(self, path: str, *, per_page: int, **params: str | int) -> ShopPage:
        """A page of a list, such as 'orders' or 'customers', of `per_page` records at most."""
        try:
            return await self._page(path, per_page, params)
        except VendorAway as away:
            if not self._is_patient or not failed_at_once(away):
                raise
        await asyncio.sleep(PAUSE)
        return await self._page(path, per_page, params)

    async def _page(self, path: str, per_page: int, params: dict[str, str | int]) -> ShopPage:
        began = monotonic()
        try:
            answer, body = await self._ask(path, {**params, "per_page": per_page})
            records = _records(await in_thread(_read, answer, body), path, per_page)
            total, pages = (_count(answer, name) for name in ("x-wp-total", "x-wp-totalpages"))
        except VendorAway as away:
            away.seconds = monotonic() - began
            raise
        shop_time = refusals.time_told(answer)
        self.time_told = shop_time or self.time_told
        return ShopPage(records, total, pages, shop_time)

    async def one(self, path: str) -> dict[str, Any] | None:
        """One thing; None where the shop says that it has none of that id."""
        answer, body = await self._ask(path, {})
        if answer.status_code == HTTPStatus.NOT_FOUND and b"_invalid_id" in body:
            return None
        record = await in_thread(_read, answer, body)
        if not isinstance(record, dict):
            message = f"{path} is not an object"
            raise refusals.of_shape(message)
        return cast("dict[str, Any]", record)

    async def _ask(self, path: str, params: dict[str, str | int]) -> tuple[httpx.Response, bytes]:
        try:
            async with (
                asyncio.timeout(SECONDS),
                self._http.stream(
                    "GET", self._base + path, params=params, auth=self._auth, headers=_ENCODING
                ) as answer,
            ):
                packed = await _bounded(answer)
        except TimeoutError:
            raise VendorAway("the shop did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise refusals.of_transport(error) from error
        return answer, await in_thread(_inflated, answer, packed)


def failed_at_once(away: VendorAway) -> bool:
    """Whether a page's last try failed so soon that the shop may be asked for it otherwise, as it wants no pause."""
    return away.retry_after is None and away.seconds <= AT_ONCE


@asynccontextmanager
async def open_shop(
    settings: Settings, store_url: str, key: str, secret: str, *, is_patient: bool = False
) -> AsyncGenerator[Shop]:
    """A shop to call. Each connection is judged (common/outbound), and no redirect is followed.

    `is_patient`: a page that is not answered is asked for once more, unless that took long.

    Raises:
        NeedsAttention: the address is none that is connected to.
    """
    guard = Guard(settings)
    try:
        place = place_of(store_url, allow_http=True)
    except UrlRefused as refused:
        message = f"the shop's address is not connected to: {refused}"
        raise NeedsAttention(message) from None
    if own := stand_in_places(settings.stand_ins).get(("woocommerce", place.host)):
        # One place of this machine, opened for this shop alone.
        store_url, place = own, place_of(own, allow_http=True)
        guard = Guard(settings.model_copy(update={"allow_private_hosts": f"{place.host}:{place.port}"}))
    # The key goes in the clear over http: only to a place that the operator has opened by name.
    async with outbound_client(guard, allow_http=guard.is_allowed(place.host, place.port)) as http:
        yield Shop(http, store_url, key, secret, is_patient=is_patient)


async def _bounded(answer: httpx.Response) -> bytes:
    """The answer's bytes as they came: inflated block by block, one may be a thousand times as large at once."""
    blocks: list[bytes] = []
    size = 0
    async for block in answer.aiter_raw():
        size += len(block)
        _refuse_size(size)
        blocks.append(block)
    return b"".join(blocks)


def _inflated(answer: httpx.Response, packed: bytes) -> bytes:
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return packed
    if encoding not in ("gzip", "x-gzip"):
        raise refusals.of_shape("it is packed in another way than was asked for")
    try:
        body = zlib.decompressobj(_GZIP).decompress(packed, _MOST_BYTES + 1)
    except zlib.error as error:
        raise refusals.of_shape("it cannot be unpacked") from error
    _refuse_size(len(body))
    return body


def _refuse_size(size: int) -> None:
    if size > _MOST_BYTES:
        message = f"more than {_MOST_BYTES >> 20} MB in one answer"
        raise refusals.of_shape(message)


def _read(answer: httpx.Response, body: bytes) -> Any:
    if (refusal := refusals.of_answer(answer, body)) is not None:
        raise refusal
    # More than there are, since texts have commas too: counted before anything is built of them.
    if sum(map(body.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        message = f"more than {_MOST_VALUES:,} values in one answer"
        raise refusals.of_shape(message)
    try:
        # Some servers put a byte order mark before everything.
        read = _decode(body.removeprefix(b"\xef\xbb\xbf"))
        return _without_nul(read) if b"\\u0000" in body else read
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refusals.of_shape("its JSON is broken off") from error


def _records(read: Any, path: str, most: int) -> list[dict[str, Any]]:
    records = cast("list[Any]", read) if isinstance(read, list) else None
    if records is not None and len(records) > most:
        message = f"{path} are {len(records):,} records where at most {most} were asked for"
        raise refusals.of_shape(message)
    if records is None or not all(isinstance(record, dict) for record in records):
        message = f"{path} is not a list of objects"
        raise refusals.of_shape(message)
    return records


def _without_nul(value: Any) -> Any:
    """The same without the one character that no database keeps."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(item) for name, item in cast("dict[str, Any]", value).items()}
    return value


def _count(answer: httpx.Response, name: str) -> int:
    text = answer.headers.get(name, "")
    if not text.isdecimal() or len(text) > _MOST_DIGITS:
        message = f"no {name} header (a cache or proxy before the shop may drop it)"
        raise refusals.of_shape(message)
    return int(text)
