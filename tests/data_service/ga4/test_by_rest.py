"""Google's client speaks REST as well: the same property, the same rows, the same refusals."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio

from services.data_service.sources.ga4 import google_client
from services.data_service.sources.vendor import NeedsAttention, QuotaSpent, VendorAway
from tests.data_service.ga4.property import FIRST, Property, days
from tests.standins.ga4.faults import PERMISSION_DENIED, UNAUTHENTICATED, UNAVAILABLE
from tests.standins.ga4.quota import TokenQuota
from tests.standins.ga4.rest import RestStandin

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def by_rest(shop: Property, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Property]:
    with RestStandin(shop.google) as rest:
        monkeypatch.setattr(shop.data.context.settings, "ga4_endpoint", rest.url)
        yield shop


async def test_the_same_rows_come_by_rest_as_by_grpc(by_rest: Property) -> None:
    by_rest.happens(FIRST, "09:02", "add_to_cart", value=25.0, items=[{"item_id": "P1", "price": 12.5, "quantity": 2}])
    by_rest.happens(FIRST, "09:05", "purchase", value=28.5, dimensions={"transactionId": "T-1"})
    await by_rest.run(days=days(1))
    before = await by_rest.data.rows(by_rest.company.tenant_id)
    by_rest.data.context.settings.ga4_endpoint = by_rest.google.endpoint
    job = await by_rest.run(days=days(1))
    assert job.counts["duplicates"] == 2
    assert await by_rest.data.rows(by_rest.company.tenant_id) == before


async def test_refusals_by_rest_mean_the_same(by_rest: Property) -> None:
    for fault, meant, times in (
        (UNAVAILABLE, VendorAway, 1),
        (PERMISSION_DENIED, NeedsAttention, 1),
        (UNAUTHENTICATED, NeedsAttention, 2),
    ):
        by_rest.google.faults.fail(fault, times=times)
        with pytest.raises(meant):
            await by_rest.run(days=days(1))
    by_rest.held.quota = TokenQuota(hour=0)
    with pytest.raises(QuotaSpent, match="this hour"):
        await by_rest.run(days=days(1))


@pytest.mark.parametrize("status", ["200 OK", "502 Bad Gateway"])
async def test_html_in_googles_place_is_an_outage(by_rest: Property, status: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b"<html>Sign in to this network</html>"
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        by_rest.data.context.settings.ga4_endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(VendorAway):
            await by_rest.run(days=days(1))
    with pytest.raises(VendorAway, match="cannot be reached"):
        await by_rest.run(days=days(1))


@pytest.mark.parametrize(
    "begins", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{"], ids=["never", "in drops"]
)
async def test_an_answer_that_does_not_come_to_its_end_is_not_waited_for(
    by_rest: Property, monkeypatch: pytest.MonkeyPatch, begins: bytes
) -> None:
    monkeypatch.setattr(google_client, "_SECONDS", 0.3)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(begins)
        # (until who asked hangs up)
        while not reader.at_eof():
            writer.write(b" " if begins else b"")
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1_000), 0.05)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server, asyncio.timeout(30):
        by_rest.data.context.settings.ga4_endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(VendorAway, match="in time"):
            await by_rest.run(days=days(1))
