"""Read small request bodies, such as posted forms or a few values as JSON."""

from urllib.parse import parse_qs

from fastapi import Request

from common.problem import PayloadTooLarge

MOST_FORM_BYTES = 16_384


async def small_body(request: Request) -> bytes:
    """Return the body of a request if it is at most MOST_FORM_BYTES long.

    Raises:
        PayloadTooLarge: its Content-Length, or the part read so far, is over the limit.
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
    """Return the fields of a posted form (`application/x-www-form-urlencoded`).

    Raises:
        PayloadTooLarge: the body is longer than MOST_FORM_BYTES.
    """
    body = await small_body(request)
    return parse_qs(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=None)
