"""Reading small bodies: what a page's form posted, or a few values as JSON."""

from urllib.parse import parse_qs

from fastapi import Request

from common.problem import PayloadTooLarge

MOST_FORM_BYTES = 16_384


async def small_body(request: Request) -> bytes:
    """The body. A longer one is refused by its announced length, or as soon as it has passed the limit.

    Raises:
        PayloadTooLarge: no form of ours is that long.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > MOST_FORM_BYTES:
        raise PayloadTooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_FORM_BYTES:
            raise PayloadTooLarge
    return bytes(body)


async def form_fields(request: Request) -> dict[str, list[str]]:
    """The fields of a posted form (`application/x-www-form-urlencoded`).

    Raises:
        PayloadTooLarge: no form of ours is that long.
    """
    body = await small_body(request)
    return parse_qs(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=None)
