"""Create the HTTP client for OpenID providers, which limits answers in size and time and follows no redirects."""

import asyncio
from collections.abc import AsyncIterator
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

# A set of keys with certificate chains stays far below this.
MAX_ANSWER_BYTES = 256 * 1024
DEADLINE_SECONDS = 8


class AnswerTooLarge(httpx.TransportError):
    """The provider's answer is too large, or compressed so that its size is unknown."""


def provider_client() -> httpx.AsyncClient:
    """Create the client of all calls to providers. It keeps no cookies between people's sign-ins."""
    return httpx.AsyncClient(
        transport=_Bounded(httpx.AsyncHTTPTransport()),
        timeout=httpx.Timeout(DEADLINE_SECONDS, connect=3),
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "branchwise"},
    )


class _Bounded(httpx.AsyncBaseTransport):
    """A transport that reads each answer completely and uncompressed, within limits of size and time."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Raises:
            httpx.TransportError: there is no answer in time, or it is too large.
        """
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                response = await self._inner.handle_async_request(request)
                try:
                    body = await _read(response)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            message = f"no whole answer within {DEADLINE_SECONDS} seconds"
            raise httpx.ReadTimeout(message) from error
        return httpx.Response(response.status_code, headers=response.headers, content=body)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


async def _read(response: httpx.Response) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        message = "packed, though that was not asked for"
        raise AnswerTooLarge(message)
    assert isinstance(response.stream, AsyncIterator | httpx.AsyncByteStream)  # noqa: S101 -- of an async transport
    body = bytearray()
    async for chunk in response.stream:
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            message = f"more than {MAX_ANSWER_BYTES} bytes"
            raise AnswerTooLarge(message)
    return bytes(body)
