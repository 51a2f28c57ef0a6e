"""Check hosts and URLs that a tenant saves, to report early what would be refused at the connection."""

import asyncio

from common.outbound.guard import Guard, HostRefused
from common.outbound.url import UrlRefused, place_of
from common.problem import Unprocessable

RESOLVE_SECONDS = 5


class PlaceNotAllowed(Unprocessable):
    """The URL or host leads into the installation's own network, or is not a URL or host."""

    type = "place-not-allowed"
    title = "This address is not connected to"


async def refuse_host(guard: Guard, field: str, host: str, port: int) -> None:
    """Refuse a host that resolves to an internal address now. A host that does not resolve (yet) is accepted.

    Raises:
        PlaceNotAllowed: the error names `field`.
    """
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            await guard.addresses(host, port)
    except HostRefused as refused:
        raise PlaceNotAllowed.of(field, str(refused)) from None
    except OSError:
        return


async def refuse_url(guard: Guard, field: str, url: str, *, allow_http: bool = False) -> None:
    """Refuse a URL that a tenant may not set, or whose host resolves to an internal address now.

    Raises:
        PlaceNotAllowed: the error names `field`.
    """
    try:
        place = place_of(url, allow_http=allow_http)
    except UrlRefused as refused:
        raise PlaceNotAllowed.of(field, str(refused)) from None
    await refuse_host(guard, field, place.host, place.port)
