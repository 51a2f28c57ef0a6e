"""A client as servers and browsers run one, pointed at the gateway instead of at the vendor."""

import asyncio
import http.client
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import pytest_asyncio

from common.settings import Settings
from common.testing.serve import serve
from services.gateway.api.entry import Gateway
from tests.data_service.harness import Data
from tests.data_service.measurement_protocol.hits import Sender, connect_sender, event, hit

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(settings: Settings, data: Data) -> AsyncIterator[str]:
    """The gateway before the data service alone."""
    port = data.api.base_url.port
    async with serve(Gateway(settings.model_copy(update={"data_service_port": port}))) as url:
        yield url


def _post(url: str, body: bytes | Iterator[bytes], names: dict[str, str], **headers: str) -> tuple[int, bytes, Any]:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    connection.request("POST", f"{place.path}?{urlencode(names)}", body, headers)
    answer = connection.getresponse()
    read = answer.status, answer.read(), answer.headers
    connection.close()
    return read


async def _posted(sender: Sender, url: str, body: bytes | Iterator[bytes], **headers: str) -> tuple[int, bytes, Any]:
    return await asyncio.to_thread(_post, url, body, sender.names, **headers)


async def test_a_servers_library_sends_a_purchase_without_any_token(gateway: str, data: Data):
    sender = await connect_sender(data)
    body = json.dumps(hit(event("purchase", transaction_id="T-9", value=12))).encode()
    json_type = {"Content-Type": "application/json", "User-Agent": "curl/8.9"}
    status, content, _ = await _posted(sender, f"{gateway}/mp/collect", body, **json_type)
    assert (status, content) == (204, b"")
    assert [(row["table"], row["transaction_id"]) for row in await sender.rows()] == [("purchase", "T-9")]
    status, content, _ = await _posted(sender, f"{gateway}/debug/mp/collect", body, **json_type)
    assert (status, json.loads(content)) == (200, {"validationMessages": []})


async def test_a_browsers_beacon_is_taken_from_any_page(gateway: str, data: Data):
    sender = await connect_sender(data)
    headers = {
        "Content-Type": "text/plain;charset=UTF-8",
        "Origin": "https://shop.example",
        "Sec-Fetch-Mode": "no-cors",
    }
    status, _, _ = await _posted(sender, f"{gateway}/mp/collect", json.dumps(hit(event())).encode(), **headers)
    assert status == 204
    assert [row["table"] for row in await sender.rows()] == ["page_view"]


async def test_a_body_in_pieces_and_one_without_a_type_are_taken(gateway: str, data: Data):
    sender = await connect_sender(data)
    whole = json.dumps(hit(event())).encode()
    pieces = (whole[start : start + 20] for start in range(0, len(whole), 20))
    assert (await _posted(sender, f"{gateway}/mp/collect", pieces))[0] == 204
    assert (await _posted(sender, f"{gateway}/mp/collect", whole))[0] == 204
    assert len(await sender.rows()) == 2


async def test_no_more_of_a_large_body_is_read_than_shows_that_it_is_too_large(gateway: str, data: Data):
    sender = await connect_sender(data)
    body = json.dumps(hit(event(), padding="x" * (8 << 20))).encode()
    assert (await _posted(sender, f"{gateway}/mp/collect", body))[:2] == (204, b"")
    (refused,) = await sender.refused()
    assert refused["code"] == "VALUE_OUT_OF_BOUNDS"


async def test_there_is_no_other_way_of_calling(gateway: str, data: Data):
    assert (await data.api.get("/mp/collect")).status_code == 405
    status = (await asyncio.to_thread(_post, f"{gateway}/mp/other", b"{}", {}))[0]
    assert status == 404
